//! A plan as plain data, for reports and for JSON.

use super::matching::Matching;
use super::plan::Plan;
use super::records::{Counts, ServerChange};

/// What a plan says, with names in place of numbers. From [`Plan::record`].
///
/// With the feature `serde` it serialises to the fields of `continuum plan --json`.
///
/// ```
/// use continuum::plan::Matching;
/// use continuum::{Continuum, Plan, Servers};
/// let old = Continuum::with_servers(Default::default(), Servers::from_texts(["a:1"])?)?;
/// let new = Continuum::with_servers(Default::default(), Servers::from_texts(["b:1"])?)?;
/// let record = Plan::between(&old, &new, Matching::Identity).record();
/// assert_eq!((record.moved, record.needless), (1.0, 0.0));
/// let flow = &record.flows[0];
/// assert_eq!((flow.from.as_deref(), flow.to.as_deref()), (Some("a:1"), Some("b:1")));
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PlanRecord {
    /// How the servers of the two sides were matched.
    pub matched: Matching,
    /// The share that changes its owner, 0 to 1.
    pub moved: f64,
    /// The least that any scheme could move.
    pub least: f64,
    /// The share that moves between servers which stay as they were.
    pub needless: f64,
    /// Whether the shares are exact.
    pub exact: bool,
    /// How far a sampled share may be off: half the width of an interval of 95 %.
    pub bound: Option<f64>,
    /// The busiest server on either side.
    pub busiest: Busiest,
    /// The servers of both sides: the old ones in their order, then the new.
    pub servers: Vec<ServerChange>,
    /// What goes from whom to whom, the largest share first.
    pub flows: Vec<NamedFlow>,
    /// Keys and bytes, if the plan was made over keys.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub counts: Option<Counts>,
}

/// The largest share over its fair share.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Busiest {
    /// Before the change.
    pub before: f64,
    /// After it.
    pub after: f64,
}

/// What moves from one server to another, by name.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NamedFlow {
    /// Identity of the old owner; `None` if nobody owned it.
    pub from: Option<Box<str>>,
    /// Identity of the new owner; `None` if nobody will own it.
    pub to: Option<Box<str>>,
    /// How much.
    pub share: f64,
}

impl Plan {
    /// The plan as plain data. O(servers + flows · log flows).
    #[must_use]
    pub fn record(&self) -> PlanRecord {
        let (before, after) = self.peaks();
        let mut largest = self.flows().to_vec();
        // By number where equal: the same order every time.
        largest
            .sort_by(|a, b| b.share.total_cmp(&a.share).then((a.from, a.to).cmp(&(b.from, b.to))));
        let flows = largest.into_iter().map(|flow| NamedFlow {
            from: self.identity(flow.from).map(Into::into),
            to: self.identity(flow.to).map(Into::into),
            share: flow.share,
        });
        PlanRecord {
            matched: self.matching(),
            moved: self.moved(),
            least: self.least(),
            needless: self.needless(),
            exact: self.is_exact(),
            bound: self.basis().bound(),
            busiest: Busiest { before, after },
            servers: self.servers().to_vec(),
            flows: flows.collect(),
            counts: self.counts(),
        }
    }

    /// The identity of a server by its number, as flows and ranges have it.
    #[must_use]
    pub fn identity(&self, number: Option<u32>) -> Option<&str> {
        Some(&self.servers().get(number? as usize)?.identity)
    }
}
