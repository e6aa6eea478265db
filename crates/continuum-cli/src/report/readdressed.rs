//! Servers that keep their names at other addresses: no key has another owner, and every key of
//! theirs is looked for elsewhere.

use std::collections::BTreeMap;

use continuum::Continuum;
use continuum::plan::PlanRecord;
use serde::Serialize;

use crate::words::percent;

/// One of them.
#[derive(Serialize)]
pub(crate) struct Readdressed {
    pub(crate) server: String,
    pub(crate) before: String,
    pub(crate) after: String,
    /// What it owns after the change.
    pub(crate) share: f64,
}

/// All of them, in the order of the new servers.
pub(crate) fn readdressed(
    plan: &PlanRecord,
    (old, new): (&Continuum, &Continuum),
) -> Vec<Readdressed> {
    let shares = plan.servers.iter().map(|server| (&*server.identity, server.shares().1));
    let shares: BTreeMap<_, _> = shares.collect();
    let row = |[server, before, after]: [String; 3]| Readdressed {
        share: shares.get(&*server).copied().unwrap_or_default(),
        server,
        before,
        after,
    };
    elsewhere(old, new).map(row).collect()
}

/// Each server's identity, and its addresses before and after.
pub(crate) fn elsewhere(old: &Continuum, new: &Continuum) -> impl Iterator<Item = [String; 3]> {
    let before: BTreeMap<_, _> =
        old.servers().iter().map(|server| (server.identity(), server.address())).collect();
    new.servers().iter().filter_map(move |server| {
        let (identity, after) = (server.identity(), server.address());
        let before = before.get(&identity).filter(|before| **before != after)?;
        Some([identity.into_owned(), before.to_string(), after.to_string()])
    })
}

/// What they own together.
pub(crate) fn share(rows: &[Readdressed]) -> f64 {
    rows.iter().map(|row| row.share).sum()
}

/// The first of them, how many more there are, and what they own; none without any.
pub(crate) fn sentence(rows: &[Readdressed]) -> Option<String> {
    let (first, rest) = rows.split_first()?;
    let more = match rest.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "keeps the name of '{}' at another address ({} → {}){more}: {} of keys are looked for there",
        first.server,
        first.before,
        first.after,
        percent(share(rows))
    ))
}
