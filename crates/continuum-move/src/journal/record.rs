//! A line of the journal: one JSON object.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::tally::Tally;

/// The version of this form.
pub(super) const FORM: u32 = 1;

/// What a journal is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) continuum_move: u32,
    pub(crate) verb: String,
    /// Fingerprints, in hexadecimal.
    pub(crate) old: String,
    pub(crate) new: String,
}

impl Head {
    pub(crate) fn new(verb: &str, [old, new]: [u64; 2]) -> Self {
        let hex = |print: u64| format!("{print:016x}");
        Self { continuum_move: FORM, verb: verb.to_owned(), old: hex(old), new: hex(new) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Record {
    Head(Head),
    /// A run over all machines begins; marks are the counters of writes at its start.
    Round {
        switched: bool,
        marks: Marks,
        base: Option<Base>,
    },
    /// These keys are about to be taken from a machine.
    Begin(Batch),
    /// How far a machine is; closes its batch.
    State {
        machine: String,
        state: Box<State>,
    },
    /// The round is done: what the next may start from.
    Done {
        base: Option<Base>,
    },
}

/// The counter of writes of each machine at some moment.
pub(crate) type Marks = BTreeMap<String, u64>;

/// What a finished copy leaves for the next one: see `memcached/follow.rs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Base {
    /// Counters of writes when the last round began.
    pub(crate) began: Marks,
    /// Counters before our first write, and after our last.
    pub(crate) first: Marks,
    pub(crate) last: Marks,
}

/// Keys that are being taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) machine: String,
    pub(crate) to: Option<String>,
    pub(crate) database: u32,
    pub(crate) bytes: u64,
    #[serde(serialize_with = "encode", deserialize_with = "decode")]
    pub(crate) keys: Vec<Vec<u8>>,
}

/// How far a machine is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Of keys that are gone from it: counted for good.
    pub(crate) settled: Tally,
    /// Of keys that are still on it, up to the position: counted anew by each pass.
    pub(crate) pass: Tally,
    pub(crate) position: Option<Position>,
    pub(crate) finished: bool,
    /// memcached: keys were there that the new map puts there, before the round began.
    #[serde(default)]
    pub(crate) arrived: bool,
    /// memcached: the last writes of ours on machines that got copies.
    #[serde(default)]
    pub(crate) wrote: Marks,
}

/// Up to where a machine was gone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) database: u32,
    pub(crate) pass: u32,
    pub(crate) cursor: u64,
    /// What this pass has moved so far.
    pub(crate) moved: u64,
}

impl State {
    /// All of it.
    pub(crate) fn tally(&self) -> Tally {
        let mut all = self.settled;
        all.add(&self.pass);
        all
    }
}

fn encode<S: Serializer>(keys: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(|key| STANDARD.encode(key)))
}

fn decode<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| STANDARD.decode(text).map_err(D::Error::custom)).collect()
}
