//! What a copy does with what its new owner has already.

use super::server::Memcached;
use super::targets::Targets;
use super::wire::{Item, Put, Reply};
use crate::engine::Run;
use crate::error::Error;
use crate::spool::Entry;
use crate::tally::Tally;

/// Seconds by which two ends may differ and be the same.
const SLACK: u64 = 2;

/// A value as it is put on a machine.
pub(super) fn of<'a>(
    target: &Memcached,
    key: &'a [u8],
    item: &'a Item,
    over: Option<u64>,
) -> Put<'a> {
    let expires = target.expires(item.left);
    Put { key, value: &item.value, flags: item.flags, expires, over }
}

pub(super) fn is_too_large(why: &str) -> bool {
    why.contains("too large")
}

/// Whether two items end at about the same time: it is told in whole seconds, of two clocks.
fn end_together(one: &Item, two: &Item) -> bool {
    match (one.left, two.left) {
        (Some(one), Some(two)) => one.abs_diff(two) <= SLACK,
        (one, two) => one == two,
    }
}

/// What is there already is the same, an older copy of ours, or a client's newer value.
pub(super) fn compare(
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
    let put = of(target, key, item, Some(there.cas));
    if target.takes(&put) {
        match target.put(&[put])?.pop().flatten() {
            Some(Reply::Item(stored)) => {
                tally.moved += 1;
                run.wrote(to, stored.cas);
                return Ok(());
            }
            Some(Reply::Refused(why)) if is_too_large(&why) => tally.skipped.too_big += 1,
            Some(Reply::Refused(why)) => {
                tally.failed += 1;
                run.fault(&format!("{} takes no more: {why}", run.machine(to).name));
            }
            _ => {
                tally.conflicts += 1;
                return Ok(());
            }
        }
    } else {
        tally.skipped.too_big += 1;
    }
    // Where the new value finds no room, our older copy is not to be found in its place.
    withdraw(target, key, there.cas, tally)
}

/// A value that has grown over the limit stays where it is, and an older copy of ours is not
/// to be found in its place.
pub(super) fn outgrown(
    run: &Run<'_>,
    entry: &Entry,
    targets: &mut Targets<'_>,
    tally: &mut Tally,
) -> Result<(), Error> {
    tally.found += 1;
    let Some(told) = targets.peek(entry.to, &[&entry.key]) else {
        tally.failed += 1;
        return Ok(());
    };
    tally.skipped.too_big += 1;
    if let Some(Some(Reply::Item(there))) = told.first()
        && run.is_ours(entry.to, there.cas)
        && let Some(target) = targets.get(entry.to)
    {
        withdraw(target, &entry.key, there.cas, tally)?;
    }
    Ok(())
}

/// Takes back a copy, if it is as it was.
fn withdraw(target: &mut Memcached, key: &[u8], cas: u64, tally: &mut Tally) -> Result<(), Error> {
    let told = target.delete(&[(key, cas)])?;
    tally.withdrawn += u64::from(matches!(told.first(), Some(Some(Reply::Item(_)))));
    Ok(())
}
