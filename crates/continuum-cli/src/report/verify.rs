//! Recorded answers, compared.

use serde::Serialize;

/// A row for each set of recorded answers.
#[derive(Serialize)]
pub(crate) struct Verified {
    pub(crate) sets: Vec<SetRow>,
}

#[derive(Serialize)]
pub(crate) struct SetRow {
    pub(crate) file: String,
    pub(crate) system: String,
    pub(crate) version: String,
    pub(crate) set: String,
    pub(crate) scheme: Option<String>,
    pub(crate) outcome: &'static str,
    pub(crate) answers: u64,
    pub(crate) differences: u64,
    pub(crate) why: Option<String>,
    /// The first keys that differ: key, recorded, now.
    #[serde(skip)]
    pub(crate) first: Vec<[String; 3]>,
}
