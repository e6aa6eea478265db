//! What lint found.

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Findings {
    pub(crate) findings: Vec<Finding>,
    /// Why files could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unread: Vec<String>,
}

/// Something that was found, and what to do instead.
#[derive(Serialize)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) pool: String,
    pub(crate) topic: &'static str,
    pub(crate) finding: String,
    pub(crate) instead: Option<String>,
}
