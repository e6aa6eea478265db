//! What happens while a source is watched: one event.

use serde::Serialize;

use super::PlanReport;

/// What became of an answer.
#[derive(Serialize)]
pub(crate) struct Watched {
    /// `first`, `change`, `refused`, `failed` or `undone`.
    pub(crate) event: &'static str,
    /// Of the map that it is about, in hexadecimal: numbers of 64 bits are texts.
    pub(crate) fingerprint: Option<String>,
    pub(crate) servers: Option<usize>,
    /// The number of servers of the map in force.
    #[serde(skip)]
    pub(crate) before: Option<usize>,
    pub(crate) moved: Option<f64>,
    pub(crate) why: Option<String>,
    pub(crate) plan: Option<PlanReport>,
}

impl Watched {
    /// The source gave no answer.
    pub(crate) fn failed(why: String) -> Self {
        Self::of("failed").because(why)
    }

    /// A set of which no map can be built.
    pub(crate) fn refused_unbuilt() -> Self {
        Self::of("refused")
    }

    fn of(event: &'static str) -> Self {
        let (fingerprint, servers, before) = (None, None, None);
        Self { event, fingerprint, servers, before, moved: None, why: None, plan: None }
    }

    /// The same with a reason.
    pub(crate) fn because(mut self, why: String) -> Self {
        self.why = Some(why);
        self
    }

    /// The same without the plan, which was told before.
    pub(crate) fn without_plan(mut self) -> Self {
        self.plan = None;
        self
    }
}
