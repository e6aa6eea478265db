//! Copies values to the machine that will own them: an `add`, which leaves alone
//! what is there already, with the seconds that are left.

use std::collections::BTreeMap;
use std::time::Instant;

use super::server::Memcached;
use super::targets::Targets;
use super::there::{compare, is_too_large, of, outgrown};
use super::wire::{Item, Reply, is_plain};
use crate::engine::Run;
use crate::error::Error;
use crate::journal::{Batch, State};
use crate::spool::{Entry, Spooled};
use crate::tally::Tally;

/// Keys in hand, and bytes of their values.
const KEYS: usize = 500;
const BYTES: u64 = 4 << 20;
/// Keys of which a put that fails may cost what is there.
const FEW: usize = 16;

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
    let most = run.options.max_value.unwrap_or(u64::MAX);
    let (batch, grown): (Vec<&Entry>, Vec<&Entry>) =
        batch.iter().partition(|entry| entry.size <= most);
    for entry in grown {
        outgrown(run, entry, targets, tally)?;
    }
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
    // A put that finds no room may cost what is there, where the name is none for `add`: of
    // those few at once.
    let (plain, encoded): (Vec<_>, Vec<_>) = items.iter().partition(|(key, _)| is_plain(key));
    let mut full = None;
    for items in std::iter::once(&*plain).chain(encoded.chunks(FEW)) {
        if full.is_some() {
            tally.failed += run.count(items);
            continue;
        }
        full = put_some(run, to, target, items, tally)?;
    }
    Ok(full)
}

/// Puts those that are not there, and compares the others.
fn put_some(
    run: &Run<'_>,
    to: u32,
    target: &mut Memcached,
    items: &[&(&[u8], Item)],
    tally: &mut Tally,
) -> Result<Option<String>, Error> {
    let began = Instant::now();
    let keys: Vec<&[u8]> = items.iter().map(|(key, _)| *key).collect();
    let (mut puts, mut put, mut there) = (Vec::new(), Vec::new(), Vec::new());
    for ((key, item), told) in items.iter().zip(target.peek(&keys)?) {
        let new = of(target, key, item, None);
        if matches!(told, Some(Reply::Item(_))) {
            there.push((*key, item));
        } else if target.takes(&new) {
            puts.push(new);
            put.push((*key, item));
        } else {
            tally.skipped.too_big += 1;
        }
    }
    let mut full = None;
    for ((key, item), reply) in put.into_iter().zip(target.put(&puts)?) {
        match reply {
            Some(Reply::Item(stored)) => {
                tally.moved += 1;
                tally.bytes += u64::try_from(item.value.len()).unwrap_or(u64::MAX);
                run.wrote(to, stored.cas);
            }
            Some(Reply::NotStored | Reply::Changed) => there.push((key, item)),
            Some(Reply::Refused(why)) if is_too_large(&why) => tally.skipped.too_big += 1,
            Some(Reply::Refused(why)) => {
                tally.failed += 1;
                full = Some(format!("{} takes no more: {why}", run.machine(to).name));
            }
            Some(Reply::None | Reply::Stored) | None => tally.failed += 1,
        }
    }
    for (key, item) in there {
        let late = began.elapsed().as_secs();
        let left = item.left.map(|left| left.saturating_sub(late).max(1));
        compare(run, to, target, key, &Item { left, ..item.clone() }, tally)?;
    }
    Ok(full)
}
