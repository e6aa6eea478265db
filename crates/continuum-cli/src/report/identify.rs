//! Schemes that gave observed answers.

use serde::Serialize;

use super::KeyRow;

#[derive(Serialize)]
pub(crate) struct Identified {
    pub(crate) pairs: usize,
    pub(crate) tried: usize,
    /// How many would have had rings too large to build.
    pub(crate) untried: usize,
    /// How many more agree on every pair than `matches` lists.
    pub(crate) unlisted: usize,
    pub(crate) pairs_to_tell_apart: Option<u64>,
    /// The share of pairs that a random mapping would agree on.
    pub(crate) chance: f64,
    pub(crate) matches: Vec<SchemeRow>,
    pub(crate) near: Vec<SchemeRow>,
}

#[derive(Serialize)]
pub(crate) struct SchemeRow {
    pub(crate) scheme: String,
    /// How the servers were handed to it.
    pub(crate) servers: &'static str,
    #[serde(skip)]
    pub(crate) as_given: bool,
    pub(crate) agreed: u64,
    pub(crate) compared: u64,
    /// Whether it is the very map of the first match.
    pub(crate) same_map: bool,
    pub(crate) wrong: Option<Wrong>,
}

#[derive(Serialize)]
pub(crate) struct Wrong {
    #[serde(flatten)]
    pub(crate) key: KeyRow,
    pub(crate) seen: String,
    pub(crate) says: Option<String>,
}
