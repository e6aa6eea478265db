//! Of keys that were copied before and are the same since: whether their copies are there
//! still. Before the switch those that are not are made again: a sweep has cleaned them away,
//! or their server threw them out. After it a client may have deleted them.

use std::collections::BTreeMap;

use super::targets::Targets;
use super::wire::Reply;
use crate::engine::Run;
use crate::error::Error;
use crate::journal::State;
use crate::spool::{Entry, Spool, Spooled};

/// Looks for the copies of what a list names: those to be made again, and whether it came to
/// the end.
pub(crate) fn again(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    state: &mut State,
) -> Result<(Spool, bool), Error> {
    let mut owners = Targets::new(run);
    let (mut held, most) = (None, run.pace.batch(500));
    let mut again = run.read(Spool::new())?;
    let (failed, mut gone) = (state.pass.failed, 0);
    loop {
        let batch = run.read(list.batch(&mut held, most, u64::MAX))?;
        if batch.is_empty() {
            break;
        }
        run.pace.pass(run.count(&batch), 0, run.watch);
        if run.watch.is_stopped() {
            return Ok((again, false));
        }
        let count = run.count(&batch);
        let missing = missing(run, &mut owners, batch, state);
        if run.options.switched {
            gone += run.count(&missing);
            state.pass.found += run.count(&missing);
            state.pass.vanished += run.count(&missing);
            run.watch.done(count);
            continue;
        }
        missing.iter().try_for_each(|entry| run.read(again.push(entry)))?;
        run.watch.done(count - run.count(&missing));
    }
    if gone > 0 {
        run.note(&format!(
            "{gone} keys of {} that are the same as at the copy before are not on their new owners: deleted \
             there since the switch, or thrown out; they were left",
            run.machine(from).name
        ));
    }
    Ok((again, state.pass.failed == failed))
}

/// Those whose copy is not there; the others are counted.
fn missing(
    run: &Run<'_>,
    owners: &mut Targets<'_>,
    batch: Vec<Entry>,
    state: &mut State,
) -> Vec<Entry> {
    let mut groups: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
    batch.into_iter().for_each(|entry| groups.entry(entry.to).or_default().push(entry));
    let mut missing = Vec::new();
    let tally = &mut state.pass;
    for (owner, entries) in groups {
        let keys: Vec<&[u8]> = entries.iter().map(|entry| &*entry.key).collect();
        let Some(told) = owners.peek(owner, &keys) else {
            tally.found += run.count(&entries);
            tally.failed += run.count(&entries);
            continue;
        };
        for (entry, told) in entries.into_iter().zip(told) {
            match told {
                Some(Reply::Item(_)) => tally.in_place += 1,
                None => tally.skipped.unnamable += 1,
                Some(_) => {
                    missing.push(entry);
                    continue;
                }
            }
            tally.found += 1;
        }
    }
    missing
}
