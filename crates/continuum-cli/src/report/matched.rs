//! By what the servers of two configurations were matched, in words.

use continuum::plan::Matching;
use serde::Serialize;

/// What a report calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Matched {
    Identity,
    Address,
}

impl Matched {
    pub(crate) fn of(matching: Matching) -> Self {
        match matching {
            Matching::Address => Self::Address,
            _ => Self::Identity,
        }
    }

    /// What people are told where names do not match.
    pub(crate) fn note(self) -> Option<&'static str> {
        match self {
            Self::Address => Some("servers are matched by address: no name is on both sides"),
            Self::Identity => None,
        }
    }
}
