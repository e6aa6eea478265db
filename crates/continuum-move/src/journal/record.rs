//! A line of the journal: one JSON object.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::base::{Base, Marks, Written};
use crate::options::Options;
use crate::route::Route;
use crate::tally::Tally;

/// The version of this form.
pub(super) const FORM: u32 = 2;

/// What a journal is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) continuum_move: u32,
    pub(crate) verb: String,
    /// Fingerprints, in hexadecimal.
    pub(crate) old: String,
    pub(crate) new: String,
    /// The servers of both maps, and what of a key these are asked for.
    pub(crate) servers: BTreeSet<String>,
    pub(crate) keys: [String; 2],
    /// The options that pick keys, as they were written.
    pub(crate) picks: Vec<String>,
}

impl Head {
    pub(crate) fn new(verb: &str, route: &Route, options: &Options) -> Self {
        let [old, new] = route.fingerprints().map(|print| format!("{print:016x}"));
        let sides = route.sides();
        let servers = sides.iter().flat_map(|side| side.continuum().servers());
        let named = servers.map(|server| format!("{} at {}", server.identity(), server.address()));
        let databases: BTreeSet<u32> = options.databases.iter().copied().collect();
        let mut picks: Vec<String> =
            databases.iter().map(|database| format!("--database {database}")).collect();
        picks.extend(options.max_value.map(|most| format!("--max-value {most}")));
        picks.extend(options.orphans.then(|| "--orphans".to_owned()));
        Self {
            continuum_move: FORM,
            verb: verb.to_owned(),
            old,
            new,
            servers: named.collect(),
            keys: sides.each_ref().map(|side| side.rule()),
            picks,
        }
    }

    /// What this run and that of a journal do not share, in words: the journal's first.
    pub(super) fn differs(&self, journal: &Self) -> Option<String> {
        let maps = |head: &Self| format!("{} from map {} to {}", head.verb, head.old, head.new);
        let picked = |head: &Self| match head.picks.join(" ") {
            picks if picks.is_empty() => "without options that pick keys".to_owned(),
            picks => format!("with {picks}"),
        };
        let (that, this) = match journal {
            _ if maps(self) != maps(journal) => (maps(journal), maps(self)),
            _ if self.servers != journal.servers => {
                let other = |one: &Self, two: &Self| {
                    let names: Vec<_> = one.servers.difference(&two.servers).cloned().collect();
                    if names.is_empty() { "no other".to_owned() } else { names.join(", ") }
                };
                (
                    format!("between other servers ({})", other(journal, self)),
                    format!("with {}", other(self, journal)),
                )
            }
            _ if self.keys != journal.keys => (
                format!("over {}", journal.keys.join(" and ")),
                format!("over {}", self.keys.join(" and ")),
            ),
            _ if self.picks != journal.picks => (picked(journal), picked(self)),
            _ => return None,
        };
        Some(format!("{that}, and this is {this}"))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Record {
    Head(Head),
    /// A run over all machines begins.
    Round(Round),
    /// These keys are about to be taken from a machine.
    Begin(Batch),
    /// How far a machine is; closes its batch.
    State {
        machine: String,
        state: Box<State>,
    },
    /// The round is done.
    Done(Done),
}

/// A run over all machines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Round {
    pub(crate) switched: bool,
    /// Counters of writes at its start.
    pub(crate) marks: Marks,
    /// What it follows.
    pub(crate) base: Option<Base>,
    /// What could not be told when it began.
    pub(crate) doubts: Vec<String>,
    /// Redis: what rounds before it did with keys that are on both sides, by the machine.
    #[serde(default)]
    pub(crate) choices: BTreeMap<String, String>,
}

/// The end of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// What the next may follow.
    pub(crate) base: Option<Base>,
    /// What could not be told.
    pub(crate) doubts: Vec<String>,
    /// When, in seconds since 1970.
    pub(crate) at: u64,
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
    pub(crate) arrived: bool,
    /// memcached: the last writes of ours on machines that got copies.
    pub(crate) wrote: Written,
    /// Redis: of which life of the machine the position is.
    #[serde(default)]
    pub(crate) life: Option<String>,
    /// Redis: what was to be done with keys that are on both sides.
    #[serde(default)]
    pub(crate) choice: Option<String>,
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
