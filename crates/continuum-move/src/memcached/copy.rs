//! Copies values to the machine that will own them: an `add`, which leaves alone
//! what is there already, with the seconds that are left.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::server::Memcached;
use super::wire::{Item, Put, Reply};
use crate::engine::Run;
use crate::error::Error;
use crate::journal::{Batch, State};
use crate::spool::{Entry, Spooled};
use crate::tally::Tally;

/// Keys in hand, and bytes of their values.
const KEYS: usize = 500;
const BYTES: u64 = 4 << 20;
/// Seconds by which two ends may differ and be the same.
const SLACK: u64 = 2;

/// The machines that get values, each opened when the first comes.
pub(super) struct Targets<'r> {
    run: &'r Run<'r>,
    open: BTreeMap<u32, Memcached>,
    /// Those that take nothing more, and were told of.
    lost: BTreeSet<u32>,
}

impl<'r> Targets<'r> {
    pub(super) fn new(run: &'r Run<'r>) -> Self {
        Self { run, open: BTreeMap::new(), lost: BTreeSet::new() }
    }

    pub(super) fn get(&mut self, to: u32) -> Option<&mut Memcached> {
        if self.lost.contains(&to) {
            return None;
        }
        if !self.open.contains_key(&to) {
            match Memcached::again(self.run, to) {
                Ok(server) => {
                    self.open.insert(to, server);
                }
                Err(error) => self.lose(to, &error.to_string()),
            }
        }
        self.open.get_mut(&to)
    }

    /// Whether a machine has keys; none where it does not answer, which is told.
    pub(super) fn peek(&mut self, on: u32, keys: &[&[u8]]) -> Option<Vec<Option<Reply>>> {
        match self.get(on)?.peek(keys) {
            Ok(replies) => Some(replies),
            Err(error) => {
                self.lose(on, &error.to_string());
                None
            }
        }
    }

    /// Nothing more goes there.
    pub(super) fn lose(&mut self, to: u32, why: &str) {
        self.open.remove(&to);
        if self.lost.insert(to) {
            self.run.fault(why);
        }
    }
}

/// Copies what a machine's list names. Returns whether it came to the end.
pub(crate) fn copy(
    run: &Run<'_>,
    from: u32,
    mut list: Spooled,
    state: &mut State,
) -> Result<bool, Error> {
    let mut source = Memcached::again(run, from)?;
    let mut targets = Targets::new(run);
    let (mut held, most) = (None, run.pace.batch(KEYS));
    let failed = state.pass.failed;
    loop {
        let batch = run.read(list.batch(&mut held, most, BYTES))?;
        if batch.is_empty() {
            return Ok(state.pass.failed == failed);
        }
        let bytes = batch.iter().map(|entry| entry.size).sum();
        run.pace.pass(run.count(&batch), bytes, run.watch);
        if run.watch.is_stopped() {
            return Ok(false);
        }
        // After a kill it is known which copies may be ours beyond the last known number.
        let machine = &run.machine(from).name;
        run.journal.begin(Batch {
            machine: machine.clone(),
            to: None,
            database: 0,
            bytes,
            keys: batch.iter().map(|entry| entry.key.clone()).collect(),
        })?;
        copy_batch(run, from, &mut source, &mut targets, &batch, &mut state.pass)?;
        state.wrote = run.written();
        run.journal.state(machine, state)?;
        run.watch.done(run.count(&batch));
    }
}

fn copy_batch(
    run: &Run<'_>,
    from: u32,
    source: &mut Memcached,
    targets: &mut Targets<'_>,
    batch: &[Entry],
    tally: &mut Tally,
) -> Result<(), Error> {
    let keys: Vec<&[u8]> = batch.iter().map(|entry| &*entry.key).collect();
    let mut groups: BTreeMap<u32, Vec<(&[u8], Item)>> = BTreeMap::new();
    let read = Instant::now();
    for (entry, reply) in batch.iter().zip(source.get(&keys)?) {
        tally.found += 1;
        match reply {
            None => tally.skipped.unnamable += 1,
            // With its last second half gone, it would live longer there.
            Some(Reply::Item(item)) if item.is_void() || item.left == Some(0) => {
                tally.vanished += 1;
            }
            Some(Reply::Item(item)) => {
                groups.entry(entry.to).or_default().push((&entry.key, item));
            }
            Some(Reply::Refused(why)) => {
                tally.failed += 1;
                run.fault(&format!("{} refused to give a key: {why}", run.machine(from).name));
            }
            Some(_) => tally.vanished += 1,
        }
    }
    for (to, mut items) in groups {
        // A slow source or a busy machine adds nothing to a key's life.
        let late = read.elapsed().as_secs();
        for (_, item) in &mut items {
            item.left = item.left.map(|left| left.saturating_sub(late).max(1));
        }
        let before = *tally;
        if let Some(target) = targets.get(to) {
            match put_all(run, to, target, &items, tally) {
                Ok(None) => continue,
                Ok(Some(full)) => targets.lose(to, &full),
                Err(error) => {
                    *tally = before;
                    tally.failed += run.count(&items);
                    targets.lose(to, &error.to_string());
                }
            }
        } else {
            tally.failed += run.count(&items);
        }
    }
    Ok(())
}

/// Puts values on one machine; a sentence if it is full.
fn put_all(
    run: &Run<'_>,
    to: u32,
    target: &mut Memcached,
    items: &[(&[u8], Item)],
    tally: &mut Tally,
) -> Result<Option<String>, Error> {
    let puts: Vec<Put<'_>> = items
        .iter()
        .map(|(key, item)| Put {
            key,
            value: &item.value,
            flags: item.flags,
            expires: target.expires(item.left),
            over: None,
        })
        .collect();
    let began = Instant::now();
    let (mut full, mut there) = (None, Vec::new());
    for ((key, item), reply) in items.iter().zip(target.put(&puts)?) {
        match reply {
            Some(Reply::Item(stored)) => {
                tally.moved += 1;
                tally.bytes += u64::try_from(item.value.len()).unwrap_or(u64::MAX);
                run.wrote(to, stored.cas);
            }
            Some(Reply::NotStored | Reply::Changed) => there.push((*key, item)),
            Some(Reply::Refused(why)) if why.contains("too large") => tally.skipped.too_big += 1,
            Some(Reply::Refused(why)) => {
                tally.failed += 1;
                full = Some(format!("{} takes no more: {why}", run.machine(to).name));
            }
            Some(Reply::None) | None => tally.failed += 1,
        }
    }
    for (key, item) in there {
        let late = began.elapsed().as_secs();
        let left = item.left.map(|left| left.saturating_sub(late).max(1));
        compare(run, to, target, key, &Item { left, ..item.clone() }, tally)?;
    }
    Ok(full)
}

/// Whether two items end at about the same time: it is told in whole seconds, of two clocks.
fn end_together(one: &Item, two: &Item) -> bool {
    match (one.left, two.left) {
        (Some(one), Some(two)) => one.abs_diff(two) <= SLACK,
        (one, two) => one == two,
    }
}

/// What is there already is the same, an older copy of ours, or a client's newer value.
fn compare(
    run: &Run<'_>,
    to: u32,
    target: &mut Memcached,
    key: &[u8],
    item: &Item,
    tally: &mut Tally,
) -> Result<(), Error> {
    let there = match target.get(&[key])?.pop().flatten() {
        Some(Reply::Item(there)) => there,
        // Gone again: whoever deleted it knew the newer state.
        _ => {
            tally.vanished += 1;
            return Ok(());
        }
    };
    let ours = run.is_ours(to, there.cas);
    // Of what cannot be told the operator has to know.
    let doubtful = !ours && !run.is_newer(to, there.cas);
    if there.value == item.value && there.flags == item.flags && !there.is_void() {
        let together = end_together(&there, item);
        if together || !(ours || doubtful) {
            if ours {
                run.wrote(to, there.cas);
            }
            tally.moved += 1;
            return Ok(());
        }
    }
    if !ours {
        tally.conflicts += 1;
        tally.undecided += u64::from(doubtful);
        return Ok(());
    }
    let put = Put {
        key,
        value: &item.value,
        flags: item.flags,
        expires: target.expires(item.left),
        over: Some(there.cas),
    };
    match target.put(&[put])?.pop().flatten() {
        Some(Reply::Item(stored)) => {
            tally.moved += 1;
            run.wrote(to, stored.cas);
        }
        Some(Reply::Refused(_)) => tally.failed += 1,
        _ => tally.conflicts += 1,
    }
    Ok(())
}
