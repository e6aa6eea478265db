//! What a plan says: the same figures in every form.

use continuum::ownership::Basis;
use continuum::plan::{Flow, Matching, MovedRange};
use continuum::{Continuum, Plan};
use serde::Serialize;

use super::Matched;
use crate::words::percent;

/// So many servers are shown whatever they do, and no more than so many others.
const FEW: usize = 12;
const MANY: usize = 30;
/// A share that is not worth a line.
const LITTLE: f64 = 0.001;

/// The plan of one pool.
#[derive(Serialize)]
pub(crate) struct PoolPlan {
    pub(crate) name: String,
    pub(crate) scheme: String,
    pub(crate) scheme_after: String,
    /// What is hashed of a request.
    pub(crate) key: String,
    pub(crate) key_after: String,
    /// Whether that is the same, or one file does not say.
    pub(crate) same_key: bool,
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
    /// What moves along the key space, for a picture of it.
    #[serde(skip)]
    pub(crate) strip: Option<Vec<Range>>,
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
            key: String::new(),
            key_after: String::new(),
            same_key: true,
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
            strip: None,
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
        self.servers.iter().all(ServerRow::is_unchanged)
    }

    /// `+1 server, 2 weights change`: what was asked for.
    pub(crate) fn changes(&self) -> String {
        let number = |of: fn(&ServerRow) -> bool| self.servers.iter().filter(|s| of(s)).count();
        let came = number(|server| server.before.is_none());
        let went = number(|server| server.after.is_none());
        let changed = number(|server| !server.is_unchanged()) - came - went;
        let plural = |number: usize, what: &str| {
            format!("{number} {what}{}", if number == 1 { "" } else { "s" })
        };
        let mut all = Vec::new();
        if self.scheme != self.scheme_after {
            all.push("another scheme".to_owned());
        }
        match (came, went) {
            (0, 0) => {}
            (_, 0) => all.push(format!("+{}", plural(came, "server"))),
            (0, _) => all.push(format!("-{}", plural(went, "server"))),
            _ => all.push(format!("+{came} -{}", plural(went, "server"))),
        }
        if changed > 0 {
            all.push(format!("{} changed", plural(changed, "weight")));
        }
        if all.is_empty() { "same servers".to_owned() } else { all.join(", ") }
    }

    /// What moves, in a few words.
    pub(crate) fn movement(&self) -> String {
        if !self.same_key {
            let (key, before) = (&self.key_after, &self.key);
            return format!("hashes {key} instead of {before}: every key may move");
        }
        // Given keys are spread as they are: the fair shares say what should move.
        let least = if self.counts.is_some() { "by fair shares" } else { "least possible" };
        let moved = match self.flows.is_empty() {
            true => "no key moves".to_owned(),
            false => format!("{} of keys move", percent(self.moved)),
        };
        format!("{moved} ({least} {})", percent(self.least))
    }

    /// How many servers there are before and after.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let present =
            |side: fn(&ServerRow) -> bool| self.servers.iter().filter(|s| side(s)).count();
        (present(|server| server.before.is_some()), present(|server| server.after.is_some()))
    }
}

impl ServerRow {
    fn is_unchanged(&self) -> bool {
        let capacity = |part: Option<Part>| part.map(|part| part.capacity);
        capacity(self.before) == capacity(self.after)
    }

    /// Shares before and after; none where it is not in the set.
    pub(crate) fn shares(&self) -> (f64, f64) {
        let of = |part: Option<Part>| part.map_or(0.0, |part| part.share);
        (of(self.before), of(self.after))
    }

    /// What it gains, or loses where it is below 0.
    pub(crate) fn change(&self) -> f64 {
        let (before, after) = self.shares();
        // No minus in front of nothing.
        if (after - before).abs() < 0.000_05 { 0.0 } else { after - before }
    }
}

impl PoolPlan {
    /// The servers, those that change most first, and how many more there are
    /// that keep their weight and change by no more than the share beside it.
    pub(crate) fn by_change(&self, all: bool) -> (Vec<&ServerRow>, usize, f64) {
        let mut rows: Vec<&ServerRow> = self.servers.iter().collect();
        rows.sort_by(|a, b| b.change().abs().total_cmp(&a.change().abs()));
        if all || rows.len() <= FEW {
            return (rows, 0, 0.0);
        }
        let kept = |row: &&ServerRow| row.change().abs() > LITTLE || !row.is_unchanged();
        let (mut shown, mut rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(kept);
        if shown.len() > MANY {
            rest.extend(shown.split_off(MANY));
        } else if rest.len() < 3 {
            shown.append(&mut rest);
        }
        let largest = rest.iter().map(|row| row.change().abs()).fold(LITTLE, f64::max);
        (shown, rest.len(), largest)
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
