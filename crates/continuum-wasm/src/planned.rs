//! What a change moves, in the words of `continuum plan --json`.

use continuum::plan::{Matching, PlanRecord, Readdressed};
use continuum::{Continuum, Plan};
use serde::Serialize;

use crate::strip::Strip;

/// A plan.
#[derive(Serialize)]
pub(crate) struct Planned {
    scheme: String,
    scheme_after: String,
    /// With the largest flows alone.
    #[serde(flatten)]
    plan: PlanRecord,
    all_flows: usize,
    /// Servers that keep their names at other addresses.
    readdressed: Vec<Readdressed>,
    /// Where along the key space keys move, if it was asked for and there is one.
    strip: Option<Strip>,
}

impl Planned {
    pub(crate) fn of(
        old: &Continuum,
        new: &Continuum,
        most_flows: usize,
        pieces: Option<usize>,
    ) -> Self {
        let plan = Plan::between(old, new, Matching::suggest(old, new));
        let mut record = plan.record();
        let all_flows = record.flows.len();
        record.flows.truncate(most_flows);
        Self {
            scheme: old.scheme().to_string(),
            scheme_after: new.scheme().to_string(),
            plan: record,
            all_flows,
            readdressed: plan.readdressed(old, new),
            strip: pieces.and_then(|pieces| Strip::moved(&plan, old, pieces)),
        }
    }
}
