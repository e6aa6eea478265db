//! What a change moves, in the words of `continuum plan --json`.

use continuum::plan::{Flow, Matching};
use continuum::{Continuum, Plan};
use serde::Serialize;

use crate::ownership::bound;
use crate::strip::Strip;

/// A plan.
#[derive(Serialize)]
pub(crate) struct Planned {
    scheme: String,
    scheme_after: String,
    matched: &'static str,
    moved: f64,
    least: f64,
    needless: f64,
    exact: bool,
    bound: Option<f64>,
    busiest: Busiest,
    servers: Vec<ServerRow>,
    /// The largest flows, and how many there are in all.
    flows: Vec<FlowRow>,
    all_flows: usize,
    /// Where along the key space keys move, if it was asked for and there is one.
    strip: Option<Strip>,
}

#[derive(Serialize)]
struct Busiest {
    before: f64,
    after: f64,
}

#[derive(Serialize)]
struct ServerRow {
    server: String,
    before: Option<Part>,
    after: Option<Part>,
}

#[derive(Serialize)]
struct Part {
    capacity: f64,
    share: f64,
    fair: f64,
}

#[derive(Serialize)]
struct FlowRow {
    from: Option<String>,
    to: Option<String>,
    share: f64,
}

impl Planned {
    pub(crate) fn of(
        old: &Continuum,
        new: &Continuum,
        most_flows: usize,
        pieces: Option<usize>,
    ) -> Self {
        let matching = Matching::suggest(old, new);
        let plan = Plan::between(old, new, matching);
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
        let mut flows: Vec<Flow> = plan.flows().to_vec();
        // By number where equal: the same order every time.
        flows.sort_by(|a, b| b.share.total_cmp(&a.share).then((a.from, a.to).cmp(&(b.from, b.to))));
        let name = |number: Option<u32>| {
            number.map(|number| plan.servers()[number as usize].identity.to_string())
        };
        let (before, after) = plan.peaks();
        Self {
            scheme: old.scheme().to_string(),
            scheme_after: new.scheme().to_string(),
            matched: if matching == Matching::Address { "address" } else { "identity" },
            moved: plan.moved(),
            least: plan.least(),
            needless: plan.needless(),
            exact: plan.is_exact(),
            bound: bound(plan.basis()),
            busiest: Busiest { before, after },
            servers: servers.collect(),
            strip: pieces.and_then(|pieces| Strip::moved(&plan, old, pieces)),
            all_flows: flows.len(),
            flows: flows
                .iter()
                .take(most_flows)
                .map(|flow| FlowRow { from: name(flow.from), to: name(flow.to), share: flow.share })
                .collect(),
        }
    }
}
