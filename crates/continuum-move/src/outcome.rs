//! What a run did.

use std::collections::BTreeMap;

use crate::tally::Tally;

/// The closing count.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Whether anything was written.
    pub applied: bool,
    /// By the machine on which the keys were found, in the order of the maps.
    pub servers: Vec<ServerTally>,
    /// Machines that are another under a second address, and which; they have no count.
    pub same: BTreeMap<String, String>,
    /// A signal ended it before its end.
    pub interrupted: bool,
    /// An earlier run was gone on with.
    pub resumed: bool,
    /// An earlier run had done all of it: these are its counts, and nothing was written.
    pub already: bool,
    /// What went wrong, a sentence each.
    pub faults: Vec<String>,
    /// What could not be told, and was left as it is, a sentence each: somebody has to look.
    pub doubts: Vec<String>,
    /// What to know, a sentence each.
    pub notes: Vec<String>,
    /// Machines that threw out other keys meanwhile.
    pub evictions: Vec<Evicted>,
    /// How many of the sampled keys lay where the old map says, and how many told.
    pub sampled: (u64, u64),
    /// How long it took.
    pub seconds: f64,
}

/// The count of one machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerTally {
    /// Its name in the maps.
    pub server: String,
    /// What became of its keys.
    pub tally: Tally,
    /// Whether all of it was gone through.
    pub finished: bool,
    /// Whether nothing that the new map puts elsewhere is left on it but what its new owner
    /// has too.
    pub cleared: bool,
}

/// Keys that a full machine threw out while it was written to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Evicted {
    /// Its name in the maps.
    pub server: String,
    /// How many.
    pub keys: u64,
}

impl Outcome {
    /// The sum over all machines.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.servers.iter().for_each(|server| total.add(&server.tally));
        total
    }
}
