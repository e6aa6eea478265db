//! A row of the record: one figure of ours, beside a peer's or a target.

use serde::Serialize;

use crate::timer::Time;

/// What was to be shown.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum Target {
    /// The peer's time over ours, at least.
    TimesFaster(f64),
    /// Our figure, at most.
    AtMost(f64),
    /// Our time over the peer's, at most.
    WithinTimes(f64),
}

/// One line of a table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub class: &'static str,
    pub ours: String,
    pub peer: Option<String>,
    /// Servers, or points where the class says so.
    pub n: u64,
    pub unit: &'static str,
    pub ours_time: Time,
    pub peer_time: Option<Time>,
    pub target: Option<Target>,
}

impl Row {
    /// The peer's 10th percentile over ours.
    pub fn ratio(&self) -> Option<f64> {
        self.peer_time.map(|peer| peer.p10 / self.ours_time.p10)
    }

    /// By 10th percentiles: the machine's other work shows least in them.
    pub fn met(&self) -> Option<bool> {
        let target = self.target?;
        match target {
            Target::TimesFaster(least) => self.ratio().map(|ratio| ratio >= least),
            Target::WithinTimes(most) => self.ratio().map(|ratio| 1.0 / ratio <= most),
            Target::AtMost(most) => Some(self.ours_time.p10 <= most),
        }
    }

    pub fn target_text(&self) -> String {
        match self.target {
            None => String::new(),
            Some(Target::TimesFaster(least)) => format!("≥ {least} ×"),
            Some(Target::WithinTimes(most)) => format!("within {most} ×"),
            Some(Target::AtMost(most)) => format!("≤ {most} {}", self.unit),
        }
    }
}

/// Answers that were compared before anything was timed.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub peer: String,
    pub what: String,
    pub agrees: bool,
}

/// Heap bytes a server.
#[derive(Clone, Debug, Serialize)]
pub struct Memory {
    pub engine: String,
    pub n: u64,
    pub bytes: f64,
    pub ours: bool,
}

/// All that a run found.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    pub rows: Vec<Row>,
    pub checks: Vec<Check>,
    pub memory: Vec<Memory>,
    /// Peers that could not take part, and why.
    pub absent: Vec<(String, String)>,
    /// What other programs printed, word for word.
    pub outputs: Vec<(String, String)>,
}

impl Findings {
    pub fn check(
        &mut self,
        peer: impl Into<String>,
        what: impl Into<String>,
        agrees: bool,
    ) -> bool {
        let check = Check { peer: peer.into(), what: what.into(), agrees };
        if !agrees {
            eprintln!("  DIFFERS: {}: {}", check.peer, check.what);
        }
        self.checks.push(check);
        agrees
    }

    pub fn row(&mut self, row: Row) {
        eprintln!("{}", line(&row));
        self.rows.push(row);
    }

    /// Classes in the order in which they first appeared, each in one piece.
    pub fn group(&mut self) {
        let mut classes: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !classes.contains(&row.class) {
                classes.push(row.class);
            }
        }
        self.rows.sort_by_key(|row| classes.iter().position(|class| *class == row.class));
    }

    pub fn absent(&mut self, peer: impl Into<String>, why: impl Into<String>) {
        let (peer, why) = (peer.into(), why.into());
        eprintln!("  absent: {peer}: {why}");
        self.absent.push((peer, why));
    }
}

fn line(row: &Row) -> String {
    let peer = match (&row.peer, row.peer_time) {
        (Some(peer), Some(time)) => format!("{:10.2} {peer}", time.p10),
        _ => String::new(),
    };
    let ratio = row.ratio().map_or(String::new(), |ratio| format!("{ratio:.2} ×"));
    let met = match row.met() {
        Some(true) => "yes",
        Some(false) => "NO",
        None => "",
    };
    format!(
        "  {:9} {:34} {:10.2} | {peer:44} | {ratio:>9} {} {met}",
        row.n,
        row.ours,
        row.ours_time.p10,
        row.target_text()
    )
}
