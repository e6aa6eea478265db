//! A plan of all pools, with what the limit says of them.

use serde::Serialize;

use super::{Alone, Gate, PoolPlan};

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct PlanReport {
    pub(crate) pools: Vec<PoolPlan>,
    #[serde(rename = "unmatched")]
    pub(crate) alone: Vec<Alone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gate: Option<Gate>,
    /// The command that was given, for pages and comments.
    #[serde(skip)]
    pub(crate) command: String,
    /// Whether text shows every server, and every flow.
    #[serde(skip)]
    pub(crate) all: bool,
    #[serde(skip)]
    pub(crate) all_flows: bool,
}
