//! How evenly keys are spread.

use serde::Serialize;

use super::KeyRow;

#[derive(Serialize)]
pub(crate) struct Balance {
    pub(crate) pools: Vec<PoolBalance>,
}

#[derive(Serialize)]
pub(crate) struct PoolBalance {
    pub(crate) name: String,
    pub(crate) scheme: String,
    /// What of a request is hashed.
    pub(crate) hashes: String,
    pub(crate) exact: bool,
    pub(crate) bound: Option<f64>,
    pub(crate) busiest: f64,
    pub(crate) spread: f64,
    pub(crate) servers: Vec<ServerShare>,
    pub(crate) keys: Option<u64>,
    pub(crate) bytes: Option<u64>,
    pub(crate) heaviest: Vec<Heavy>,
    /// Of the keys that come more often than this, none is left out but by `--heaviest`.
    pub(crate) heaviest_above: Option<u64>,
    pub(crate) advice: Vec<AdviceRow>,
    #[serde(skip)]
    pub(crate) how: String,
    /// The server whose keys alone are shown.
    #[serde(skip)]
    pub(crate) only: Option<String>,
    #[serde(skip)]
    pub(crate) heaviest_asked: bool,
    #[serde(skip)]
    pub(crate) all: bool,
}

#[derive(Serialize)]
pub(crate) struct ServerShare {
    pub(crate) server: String,
    pub(crate) capacity: f64,
    /// Of the key space, or of the keys given.
    pub(crate) share: f64,
    pub(crate) fair: f64,
    pub(crate) keys: Option<u64>,
    pub(crate) bytes: Option<u64>,
}

impl ServerShare {
    /// The share over the fair one.
    pub(crate) fn ratio(&self) -> Option<f64> {
        (self.fair > 0.0).then(|| self.share / self.fair)
    }
}

#[derive(Serialize)]
pub(crate) struct Heavy {
    #[serde(flatten)]
    pub(crate) key: KeyRow,
    pub(crate) count: u64,
    pub(crate) server: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct AdviceRow {
    pub(crate) topic: &'static str,
    pub(crate) sentence: String,
}
