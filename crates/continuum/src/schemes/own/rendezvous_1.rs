//! `rendezvous-1`: weighted rendezvous, every server scored for every key.
//! Specified in `docs/schemes/rendezvous-1.md`; the scores in `placement/score.rs`.
//!
//! A key's shares are exact in proportion to capacity, no change moves a key
//! needlessly, nothing is stored but the servers; a look-up is O(servers).

use crate::placement::Scores;
use crate::schemes::own::xxh3::{Xxh3Key, contenders};
use crate::schemes::prelude::*;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Continuum",
    versions: "all",
    about: "weighted rendezvous: fair to each key, minimal on every change; for small sets",
    capacities: |_| Capacities::Any,
    order: |_| Order::Free,
    proven: 0,
    numbers: true,
    ..SchemeEntry::new("rendezvous-1", build)
};

fn build(_options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let place = Scores::new(&contenders(servers), servers.len());
    Ok(Box::new(Hashed { hash: Xxh3Key, place }))
}
