//! Whether two sides send every key to one server.

use continuum::plan::Matching;
use serde::Serialize;

use super::{Alone, KeyRow};

#[derive(Serialize)]
pub(crate) struct Comparison {
    pub(crate) agree: bool,
    pub(crate) pools: Vec<Difference>,
    pub(crate) unmatched: Vec<Alone>,
}

#[derive(Serialize)]
pub(crate) struct Difference {
    pub(crate) name: String,
    pub(crate) schemes: [String; 2],
    /// What of a request each side hashes.
    pub(crate) hashes: [String; 2],
    /// Whether that is the same, or one side does not say.
    pub(crate) same_key: bool,
    /// By what servers were matched.
    pub(crate) matched: Matching,
    pub(crate) differ: f64,
    pub(crate) exact: bool,
    pub(crate) bound: Option<f64>,
    /// Whether the key of no bytes has one server too: a few programs place it by a
    /// rule of its own. It is no share of the keys.
    pub(crate) empty_key_agrees: bool,
    pub(crate) counts: Option<Differing>,
    pub(crate) examples: Vec<Examples>,
    #[serde(skip)]
    pub(crate) how: String,
}

impl Difference {
    /// Whether every key that was compared has one server, and is one key.
    pub(crate) fn agrees(&self) -> bool {
        self.differ == 0.0 && self.same_key
    }
}

#[derive(Clone, Copy, Serialize)]
pub(crate) struct Differing {
    pub(crate) keys: u64,
    pub(crate) differ: u64,
}

#[derive(Serialize)]
pub(crate) struct Examples {
    #[serde(flatten)]
    pub(crate) key: KeyRow,
    pub(crate) a: Option<String>,
    pub(crate) b: Option<String>,
}
