//! What is to be done, and how gently.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

/// What is done with keys that lie where the new map does not put them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Put a copy on the new owner, unless it has the key; the old one stays.
    Copy,
    /// Redis alone: take each key to its new owner, at once and whole.
    Move,
    /// Delete what lies on a machine that does not own it.
    Sweep,
}

impl Verb {
    /// As the program has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Sweep => "sweep",
        }
    }
}

/// What [`Verb::Move`] does with a key that its new owner has too, with another value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Leave both where they are.
    #[default]
    Leave,
    /// Keep the new owner's, which clients have written after the switch; delete the other.
    Keep,
    /// Replace the new owner's.
    Replace,
}

impl OnConflict {
    /// As the program has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Keep => "keep",
            Self::Replace => "replace",
        }
    }
}

/// How a run goes about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Write; without it nothing is written anywhere.
    pub apply: bool,
    /// Where the journal of a run that writes is kept; no journal, no resuming.
    pub journal: Option<PathBuf>,
    /// All clients have switched to the new map since the last copy ended.
    pub switched: bool,
    /// What to do with a key that is on both sides.
    pub on_conflict: OnConflict,
    /// Sweep also what its owner does not have.
    pub orphans: bool,
    /// Carry values through this process where `MIGRATE` would do.
    pub relay: bool,
    /// Redis databases; none: all that hold keys.
    pub databases: Vec<u32>,
    /// The one Redis database that the maps are of, where that is known: keys in others are
    /// not theirs.
    pub of_database: Option<u32>,
    /// At most so many keys a second, read and written.
    pub keys_per_second: Option<NonZero<u64>>,
    /// At most so many bytes of values a second.
    pub bytes_per_second: Option<NonZero<u64>>,
    /// Values of more bytes are left where they are.
    pub max_value: Option<u64>,
    /// The share of sampled keys that may lie where neither map says.
    pub max_stray: f64,
    /// How long a server may take for an answer.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            apply: false,
            journal: None,
            switched: false,
            on_conflict: OnConflict::Leave,
            orphans: false,
            relay: false,
            databases: Vec::new(),
            of_database: None,
            keys_per_second: None,
            bytes_per_second: None,
            max_value: None,
            max_stray: 0.01,
            timeout: Duration::from_secs(10),
        }
    }
}
