//! Keys that were being copied when a run was killed: how many of them had come is not
//! in its journal.

use std::collections::{BTreeMap, BTreeSet};

use super::server::Memcached;
use super::wire::{Item, Reply};
use crate::engine::Run;
use crate::error::Error;
use crate::journal::{Base, Batch};

/// The keys of a batch by the machine that gets them; without machines that lost theirs.
fn targets<'b>(
    run: &Run<'_>,
    batch: &'b Batch,
    gone: &BTreeSet<String>,
) -> BTreeMap<u32, Vec<&'b [u8]>> {
    let mut targets: BTreeMap<u32, Vec<&[u8]>> = BTreeMap::new();
    for key in &batch.keys {
        let to = run.route.new_owner(key);
        if let Some(to) = to.filter(|to| !gone.contains(&run.machine(*to).name)) {
            targets.entry(to).or_default().push(key);
        }
    }
    targets
}

/// Before the switch nobody else writes there: what is there is ours.
pub(crate) fn adopt(
    run: &Run<'_>,
    base: &mut Base,
    batch: &Batch,
    gone: &BTreeSet<String>,
) -> Result<(), Error> {
    for (to, keys) in targets(run, batch, gone) {
        let name = &run.machine(to).name;
        for reply in Memcached::again(run, to)?.peek(&keys)? {
            if let Some(Reply::Item(item)) = reply {
                base.wrote(&[(name.clone(), item.cas)].into());
            }
        }
    }
    Ok(())
}

/// After the switch a value there may be ours or a client's: where that makes a difference
/// it is said, and what is there stays.
pub(crate) fn doubtful(
    run: &Run<'_>,
    base: &Base,
    from: u32,
    batch: &Batch,
    gone: &BTreeSet<String>,
) -> Result<(), Error> {
    let mut source = Memcached::again(run, from)?;
    let is_same = |one: &Item, two: &Item| one.value == two.value && one.flags == two.flags;
    for (to, keys) in targets(run, batch, gone) {
        let name = &run.machine(to).name;
        let there = Memcached::again(run, to)?.get(&keys)?;
        let here = source.get(&keys)?;
        let unknown = there.iter().zip(&here).filter(|(there, here)| match (there, here) {
            (Some(Reply::Item(there)), Some(Reply::Item(here))) => {
                base.is_later(name, there.cas) && !is_same(there, here)
            }
            (Some(Reply::Item(there)), _) => base.is_later(name, there.cas),
            _ => false,
        });
        let unknown = unknown.count();
        if unknown > 0 {
            run.doubt(&format!(
                "{unknown} keys were being copied from {} to {name} when the copy before was killed: \
                 whether what {name} has of them is older or newer cannot be told, and it was left",
                run.machine(from).name
            ));
        }
    }
    Ok(())
}
