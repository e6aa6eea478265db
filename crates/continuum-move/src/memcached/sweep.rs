//! Deletes what lies on a machine that does not own it, if its number is still the
//! one under which it was listed, and its owner has it; or counts what it would delete.

use super::server::Memcached;
use super::targets::{Answer, Targets};
use super::wire::{self, Reply};
use crate::engine::Run;
use crate::error::Error;
use crate::journal::{Batch, State};
use crate::spool::{Entry, Spooled};
use crate::tally::Tally;

/// Deletes what a machine's list names. Returns whether it came to the end.
pub(crate) fn sweep(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    state: &mut State,
) -> Result<bool, Error> {
    let mut server = Memcached::again(run, from)?;
    let mut owners = Targets::new(run);
    let (mut held, most) = (None, run.pace.batch(500));
    loop {
        let batch = run.read(list.batch(&mut held, most, u64::MAX))?;
        if batch.is_empty() {
            return Ok(state.pass.failed == 0);
        }
        run.pace.pass(run.count(&batch), 0, run.watch);
        if run.watch.is_stopped() {
            return Ok(false);
        }
        let batch = owned(run, &mut owners, batch, state);
        if !run.options.apply {
            would(&batch, &mut state.pass);
            run.watch.done(run.count(&batch));
            continue;
        }
        let machine = &run.machine(from).name;
        run.journal.begin(Batch {
            machine: machine.clone(),
            to: None,
            database: 0,
            bytes: batch.iter().map(|entry| entry.size).sum(),
            keys: batch.iter().map(|entry| entry.key.clone()).collect(),
        })?;
        let keys: Vec<_> = batch.iter().map(|entry| (&*entry.key, entry.cas)).collect();
        for (entry, reply) in batch.iter().zip(server.delete(&keys)?) {
            match reply {
                Some(Reply::Item(_)) => {
                    state.settled.found += 1;
                    state.settled.moved += 1;
                    state.settled.bytes += entry.size;
                    continue;
                }
                Some(Reply::None) => {
                    state.settled.found += 1;
                    state.settled.vanished += 1;
                    continue;
                }
                Some(Reply::Changed) => state.pass.skipped.changed += 1,
                None => state.pass.skipped.unnamable += 1,
                Some(Reply::Refused(why)) => {
                    state.pass.failed += 1;
                    run.fault(&format!("{machine} refused to delete a key: {why}"));
                }
                Some(_) => state.pass.failed += 1,
            }
            state.pass.found += 1;
        }
        run.journal.state(machine, state)?;
        run.watch.done(run.count(&batch));
    }
}

/// What a dry run counts.
fn would(batch: &[Entry], tally: &mut Tally) {
    for entry in batch {
        tally.found += 1;
        if wire::name(&entry.key).is_none() {
            tally.skipped.unnamable += 1;
            continue;
        }
        tally.moved += 1;
        tally.bytes += entry.size;
    }
}

/// Those of a batch that their owner has; the others are counted, and stay: their copies
/// were thrown out, deleted, or never made.
fn owned(
    run: &Run<'_>,
    owners: &mut Targets<'_>,
    batch: Vec<Entry>,
    state: &mut State,
) -> Vec<Entry> {
    if run.options.orphans {
        return batch;
    }
    let mut owned = Vec::new();
    for (entry, answer) in owners.answers(batch) {
        match answer {
            // A key that no command can name is counted where it is to be deleted.
            Answer::Says(Reply::Item(_)) | Answer::Unnamable => {
                owned.push(entry);
                continue;
            }
            Answer::Lost => state.pass.failed += 1,
            Answer::Says(_) => state.pass.skipped.only_copy += 1,
        }
        state.pass.found += 1;
        run.watch.done(1);
    }
    owned
}

/// Of keys that were being deleted when a run was killed: those that are gone.
pub(crate) fn settle(
    run: &Run<'_>,
    from: u32,
    batch: &Batch,
    state: &mut State,
) -> Result<(), Error> {
    let mut server = Memcached::again(run, from)?;
    let keys: Vec<&[u8]> = batch.keys.iter().map(|key| &**key).collect();
    for reply in server.peek(&keys)? {
        if reply == Some(Reply::None) {
            state.settled.found += 1;
            state.settled.moved += 1;
        }
    }
    Ok(())
}
