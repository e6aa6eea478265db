//! What a plan says: the same figures in every form.

use continuum::ownership::Basis;
use continuum::plan::{MovedRange, PlanRecord, Readdressed, ServerChange};
use continuum::{Continuum, Plan};
use serde::Serialize;

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
    #[serde(flatten)]
    pub(crate) plan: PlanRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ranges: Option<Vec<Range>>,
    pub(crate) reference: Option<Reference>,
    /// Servers that keep their names at other addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) readdressed: Vec<Readdressed>,
    /// Servers that only one side marks down: their keys go to others, which is not counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) down: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<Vec<PoolPlan>>,
    #[serde(skip)]
    pub(crate) basis: Basis,
    /// What moves along the key space, for a picture of it.
    #[serde(skip)]
    pub(crate) strip: Option<Vec<Range>>,
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
    /// The figures of a plan.
    pub(crate) fn of(name: &str, plan: &Plan, (old, new): (&Continuum, &Continuum)) -> Self {
        let record = plan.record();
        Self {
            name: name.to_owned(),
            scheme: old.scheme().to_string(),
            scheme_after: new.scheme().to_string(),
            key: String::new(),
            key_after: String::new(),
            same_key: true,
            readdressed: plan.readdressed(old, new),
            plan: record,
            ranges: None,
            reference: None,
            down: Vec::new(),
            steps: None,
            basis: plan.basis(),
            strip: None,
        }
    }

    /// The server that is busiest afterwards.
    pub(crate) fn busiest_after(&self) -> Option<&str> {
        let ratio = |server: &ServerChange| {
            let part = server.after.filter(|part| part.fair > 0.0)?;
            Some(part.share / part.fair)
        };
        let rated = self.plan.servers.iter().filter_map(|server| Some((server, ratio(server)?)));
        rated.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(server, _)| &*server.identity)
    }

    /// Whether every server keeps its capacity.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.plan.servers.iter().all(ServerChange::is_unchanged)
    }

    /// `+1 server, 2 weights change`: what was asked for.
    pub(crate) fn changes(&self) -> String {
        let number = |of: fn(&ServerChange) -> bool| {
            self.plan.servers.iter().filter(|server| of(server)).count()
        };
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
        let least = if self.plan.counts.is_some() { "by fair shares" } else { "least possible" };
        let moved = match self.plan.flows.is_empty() {
            true => "no key moves".to_owned(),
            false => format!("{} of keys move", percent(self.plan.moved)),
        };
        format!("{moved} ({least} {})", percent(self.plan.least))
    }

    /// How many servers there are before and after.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        let present = |side: fn(&ServerChange) -> bool| {
            self.plan.servers.iter().filter(|server| side(server)).count()
        };
        (present(|server| server.before.is_some()), present(|server| server.after.is_some()))
    }
}

/// What a server gains, or loses where it is below 0.
pub(crate) fn change(server: &ServerChange) -> f64 {
    let (before, after) = server.shares();
    // No minus in front of nothing.
    if (after - before).abs() < 0.000_05 { 0.0 } else { after - before }
}

impl PoolPlan {
    /// The servers, those that change most first, and how many more there are
    /// that keep their weight and change by no more than the share beside it.
    pub(crate) fn by_change(&self, all: bool) -> (Vec<&ServerChange>, usize, f64) {
        let mut rows: Vec<&ServerChange> = self.plan.servers.iter().collect();
        rows.sort_by(|a, b| change(b).abs().total_cmp(&change(a).abs()));
        if all || rows.len() <= FEW {
            return (rows, 0, 0.0);
        }
        let kept = |row: &&ServerChange| change(row).abs() > LITTLE || !row.is_unchanged();
        let (mut shown, mut rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(kept);
        if shown.len() > MANY {
            rest.extend(shown.split_off(MANY));
        } else if rest.len() < 3 {
            shown.append(&mut rest);
        }
        let largest = rest.iter().map(|row| change(row).abs()).fold(LITTLE, f64::max);
        (shown, rest.len(), largest)
    }
}

/// The ranges or slots that move; `None` where they cannot be listed.
pub(crate) fn ranges(plan: &Plan) -> Option<Vec<Range>> {
    let name_of = |number| plan.identity(number).map(str::to_owned);
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
