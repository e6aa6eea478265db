//! What a run of `move` did, server by server.

use std::path::PathBuf;

use continuum_move::{OnConflict, Options, Outcome, Route, Tally, Verb};
use serde::Serialize;

use super::Range;

/// The closing count.
#[derive(Serialize)]
pub(crate) struct Relocated {
    pub(crate) verb: &'static str,
    pub(crate) applied: bool,
    pub(crate) old: String,
    pub(crate) new: String,
    #[serde(flatten)]
    pub(crate) total: CountRow,
    pub(crate) seconds: f64,
    pub(crate) sampled: SampleRow,
    pub(crate) interrupted: bool,
    pub(crate) resumed: bool,
    /// An earlier run had done all of it.
    pub(crate) already: bool,
    pub(crate) servers: Vec<RelocatedServer>,
    pub(crate) evictions: Vec<EvictedRow>,
    pub(crate) faults: Vec<String>,
    /// What could not be told.
    pub(crate) doubts: Vec<String>,
    /// Ranges or slots that are done, if they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<Vec<Range>>,
    /// Copies whose key is gone from its old owner.
    #[serde(skip)]
    pub(crate) left_over: u64,
    /// Whether keys that are on both sides stay there by what was asked for.
    #[serde(skip)]
    pub(crate) leaves: bool,
    #[serde(skip)]
    pub(crate) journal: Option<PathBuf>,
}

/// found = in place + moved + vanished + conflicts + skipped + failed.
#[derive(Serialize)]
pub(crate) struct CountRow {
    pub(crate) found: u64,
    pub(crate) in_place: u64,
    pub(crate) moved: u64,
    pub(crate) vanished: u64,
    pub(crate) conflicts: u64,
    /// Those of which nothing tells the newer value.
    pub(crate) undecided: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: u64,
    pub(crate) bytes: u64,
    pub(crate) withdrawn: u64,
    /// The parts of `skipped`.
    pub(crate) reasons: continuum_move::Skipped,
}

#[derive(Serialize)]
pub(crate) struct RelocatedServer {
    pub(crate) server: String,
    #[serde(flatten)]
    pub(crate) count: CountRow,
    pub(crate) finished: bool,
}

/// Keys that a full server threw out meanwhile.
#[derive(Serialize)]
pub(crate) struct EvictedRow {
    pub(crate) server: String,
    pub(crate) keys: u64,
}

/// Of the sampled keys that tell: how many lie where OLD says.
#[derive(Serialize)]
pub(crate) struct SampleRow {
    pub(crate) agreed: u64,
    pub(crate) compared: u64,
}

impl From<&Tally> for CountRow {
    fn from(tally: &Tally) -> Self {
        Self {
            found: tally.found,
            in_place: tally.in_place,
            moved: tally.moved,
            vanished: tally.vanished,
            conflicts: tally.conflicts,
            undecided: tally.undecided,
            skipped: tally.skipped.total(),
            failed: tally.failed,
            bytes: tally.bytes,
            withdrawn: tally.withdrawn,
            reasons: tally.skipped,
        }
    }
}

impl Relocated {
    pub(crate) fn of(verb: Verb, route: &Route, options: &Options, outcome: &Outcome) -> Self {
        let [old, new] = route.fingerprints().map(|print| format!("{print:016x}"));
        let total = outcome.total();
        let servers = outcome.servers.iter().map(|server| RelocatedServer {
            server: server.server.clone(),
            count: CountRow::from(&server.tally),
            finished: server.finished,
        });
        let evicted = outcome
            .evictions
            .iter()
            .map(|one| EvictedRow { server: one.server.clone(), keys: one.keys });
        Self {
            verb: verb.name(),
            applied: outcome.applied,
            old,
            new,
            total: CountRow::from(&total),
            seconds: outcome.seconds,
            sampled: SampleRow { agreed: outcome.sampled.0, compared: outcome.sampled.1 },
            interrupted: outcome.interrupted,
            resumed: outcome.resumed,
            already: outcome.already,
            servers: servers.collect(),
            evictions: evicted.collect(),
            faults: outcome.faults.clone(),
            doubts: outcome.doubts.clone(),
            done: None,
            left_over: total.left_over,
            leaves: options.on_conflict == OnConflict::Leave,
            journal: options.journal.clone(),
        }
    }
}
