//! Why a set of servers did not become the map.

use std::fmt;
use std::time::SystemTime;

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// There is no server in the set, or none that could own a key.
    Empty,
    /// The scheme cannot hold the servers.
    Unbuilt,
    /// It would move more keys than one change may.
    Move,
}

impl Reason {
    /// The word that stands for it in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Unbuilt => "unbuilt",
            Self::Move => "move",
        }
    }
}

/// A set of servers that was refused: the map before it still stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The kind.
    pub reason: Reason,
    /// The sentence for people.
    pub sentence: String,
    /// When it was judged.
    pub at: SystemTime,
    /// The fingerprint of the refused set, where a map of it could be built: with it
    /// the set can be [approved](crate::Members::approve).
    pub fingerprint: Option<u64>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}
