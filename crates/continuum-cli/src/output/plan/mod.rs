//! A plan as it is shown: the same figures in JSON, text, a picture and a page.

#[cfg(not(feature = "pictures"))]
mod no_picture;
mod page;
#[cfg(feature = "pictures")]
mod picture;
mod text;

use continuum::ownership::Basis;
use continuum::plan::{Flow, Matching, MovedRange};
use continuum::{Continuum, Plan};
use serde::Serialize;

use super::Matched;
use crate::input::Unmatched;

#[cfg(not(feature = "pictures"))]
pub(crate) use no_picture::picture;
pub(crate) use page::page;
#[cfg(feature = "pictures")]
pub(crate) use picture::picture;
pub(crate) use text::{Detail, write_text};

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) pools: Vec<PoolPlan>,
    pub(crate) unmatched: Vec<Unmatched>,
}

/// The plan of one pool.
#[derive(Serialize)]
pub(crate) struct PoolPlan {
    pub(crate) name: String,
    pub(crate) scheme: String,
    pub(crate) scheme_after: String,
    pub(crate) matched: Matched,
    pub(crate) moved: f64,
    pub(crate) least: f64,
    pub(crate) needless: f64,
    pub(crate) exact: bool,
    pub(crate) bound: Option<f64>,
    pub(crate) busiest: Busiest,
    pub(crate) servers: Vec<ServerRow>,
    pub(crate) flows: Vec<FlowRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counts: Option<Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ranges: Option<Vec<Range>>,
    pub(crate) reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<Vec<PoolPlan>>,
    #[serde(skip)]
    pub(crate) basis: Basis,
}

/// The largest share over its fair share.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Busiest {
    pub(crate) before: f64,
    pub(crate) after: f64,
}

#[derive(Serialize)]
pub(crate) struct ServerRow {
    pub(crate) server: String,
    pub(crate) before: Option<Part>,
    pub(crate) after: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Part {
    pub(crate) capacity: f64,
    pub(crate) share: f64,
    pub(crate) fair: f64,
}

#[derive(Serialize)]
pub(crate) struct FlowRow {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) share: f64,
}

/// Keys, and bytes where sizes are known.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Counts {
    pub(crate) keys: u64,
    pub(crate) moved_keys: u64,
    pub(crate) bytes: Option<u64>,
    pub(crate) moved_bytes: Option<u64>,
}

/// Positions or slots that move together. Numbers beyond 2^53 are common, so
/// they are texts.
#[derive(Serialize)]
pub(crate) struct Range {
    pub(crate) first: String,
    pub(crate) last: String,
    /// The number of slots in the table; null on a ring.
    pub(crate) slots: Option<u64>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// The same change under a scheme that moves no key needlessly.
#[derive(Serialize)]
pub(crate) struct Reference {
    pub(crate) scheme: String,
    pub(crate) moved: f64,
    pub(crate) needless: f64,
    pub(crate) exact: bool,
    pub(crate) busiest: f64,
}

impl PoolPlan {
    /// The figures of a plan. `sized`: the keys it was made over have sizes.
    pub(crate) fn of(
        name: &str,
        plan: &Plan,
        (old, new): (&Continuum, &Continuum),
        matching: Matching,
        sized: bool,
    ) -> Self {
        let (before, after) = plan.peaks();
        let part = |part: continuum::plan::Part| Part {
            capacity: part.capacity,
            share: part.share,
            fair: part.fair,
        };
        let servers = plan.servers().iter().map(|server| ServerRow {
            server: server.identity.to_string(),
            before: server.before.map(part),
            after: server.after.map(part),
        });
        let mut largest: Vec<Flow> = plan.flows().to_vec();
        // By number where equal: the same order every time.
        largest
            .sort_by(|a, b| b.share.total_cmp(&a.share).then((a.from, a.to).cmp(&(b.from, b.to))));
        let name_of = |number| identity(plan, number);
        let flows = largest.iter().map(|flow| FlowRow {
            from: name_of(flow.from),
            to: name_of(flow.to),
            share: flow.share,
        });
        let counts = plan.counts().map(|counts| Counts {
            keys: counts.keys,
            moved_keys: counts.moved_keys,
            bytes: sized.then_some(counts.bytes),
            moved_bytes: sized.then_some(counts.moved_bytes),
        });
        let bound = match plan.basis() {
            Basis::Sampled { bound, .. } => Some(bound),
            _ => None,
        };
        Self {
            name: name.to_owned(),
            scheme: old.scheme().to_string(),
            scheme_after: new.scheme().to_string(),
            matched: Matched::of(matching),
            moved: plan.moved().min(1.0),
            least: plan.least(),
            needless: plan.needless(),
            exact: plan.is_exact(),
            bound,
            busiest: Busiest { before, after },
            servers: servers.collect(),
            flows: flows.collect(),
            counts,
            ranges: None,
            reference: None,
            steps: None,
            basis: plan.basis(),
        }
    }

    /// The server that is busiest afterwards.
    pub(crate) fn busiest_after(&self) -> Option<&str> {
        let ratio = |server: &ServerRow| {
            let part = server.after.filter(|part| part.fair > 0.0)?;
            Some(part.share / part.fair)
        };
        let rated = self.servers.iter().filter_map(|server| Some((server, ratio(server)?)));
        rated.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(server, _)| server.server.as_str())
    }

    /// Whether every server keeps its capacity.
    pub(crate) fn is_unchanged(&self) -> bool {
        let capacity = |part: Option<Part>| part.map(|part| part.capacity);
        self.servers.iter().all(|server| capacity(server.before) == capacity(server.after))
    }

    /// How many servers there are before and after.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let present =
            |side: fn(&ServerRow) -> bool| self.servers.iter().filter(|s| side(s)).count();
        (present(|server| server.before.is_some()), present(|server| server.after.is_some()))
    }
}

/// The ranges or slots that move; `None` where they cannot be listed.
pub(crate) fn ranges(plan: &Plan) -> Option<Vec<Range>> {
    let name_of = |number| identity(plan, number);
    let slots = plan.moves().slots();
    let row = |range: &MovedRange| Range {
        first: range.first.to_string(),
        last: range.last.to_string(),
        slots,
        from: name_of(range.from),
        to: name_of(range.to),
    };
    Some(plan.moves().ranges()?.iter().map(row).collect())
}

fn identity(plan: &Plan, number: Option<u32>) -> Option<String> {
    number.map(|number| plan.servers()[number as usize].identity.to_string())
}
