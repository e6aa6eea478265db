//! `plan --moved`: the given keys that move, one row each, in constant memory.

use std::borrow::Cow;
use std::path::Path;

use continuum::plan::Matching;
use continuum::{Continuum, Server};
use continuum_config::KeyRule;

use crate::failure::Failure;
use crate::input::Workload;
use crate::output::MovedKeys;

/// Keys that are resolved at once.
const BATCH: usize = 4096;

/// Writes the rows of the one pool that is planned.
pub(super) fn write(
    file: &Path,
    [old, new]: [&Continuum; 2],
    rule: &KeyRule,
    workload: &Workload,
) -> Result<(), Failure> {
    let matching = Matching::suggest(old, new);
    let mut rows = MovedKeys::create(file, [old, new].map(|side| names(side, matching)))?;
    let mut keys = workload.iter(rule);
    loop {
        let batch: Vec<Vec<u8>> = keys.by_ref().take(BATCH).map(|(key, _)| key).collect();
        if batch.is_empty() {
            return rows.finish();
        }
        let slices: Vec<&[u8]> = batch.iter().map(|key| &**key).collect();
        let (mut before, mut after) = (vec![0; slices.len()], vec![0; slices.len()]);
        old.resolve_all(&slices, &mut before);
        new.resolve_all(&slices, &mut after);
        for (key, (from, to)) in slices.iter().zip(before.into_iter().zip(after)) {
            rows.key(key, from, to)?;
        }
    }
}

/// By what servers of both sides are held to be the same.
fn names(continuum: &Continuum, matching: Matching) -> Vec<Cow<'_, str>> {
    let name = |server| match matching {
        Matching::Address => Server::address(server),
        _ => Server::identity(server),
    };
    continuum.servers().iter().map(name).collect()
}
