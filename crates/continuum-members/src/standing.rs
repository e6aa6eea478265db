//! Figures for a dashboard.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::refusal::{Reason, Refusal};

/// How often what has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Whole answers of the source.
    pub answers: u64,
    /// Answers that did not come or could not be read.
    pub faults: u64,
    /// Maps that were taken.
    pub changes: u64,
    /// Sets that were refused because they were empty.
    pub empty: u64,
    /// Sets that were refused because the scheme cannot hold them.
    pub unbuilt: u64,
    /// Sets that were refused because they would have moved too many keys.
    pub moves: u64,
}

impl Counts {
    pub(crate) fn refuse(&mut self, reason: Reason) {
        match reason {
            Reason::Empty => self.empty += 1,
            Reason::Unbuilt => self.unbuilt += 1,
            Reason::Move => self.moves += 1,
        }
    }

    /// Refusals of every kind.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.empty + self.unbuilt + self.moves
    }
}

/// How [`Members`](crate::Members) stand.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Standing {
    /// The fingerprint of the map in force: equal in all processes that have the same.
    pub fingerprint: Option<u64>,
    /// The scheme of the map in force.
    pub scheme: Option<String>,
    /// The servers of the map in force, and the share of the keys that each owns.
    pub shares: Vec<(String, f64)>,
    /// The servers that are passed over.
    pub failed: Vec<String>,
    /// How often what has happened.
    pub counts: Counts,
    /// When the map changed.
    pub last_change: Option<SystemTime>,
    /// What was refused last, and why.
    pub last_refusal: Option<Refusal>,
    /// How the source failed last, and when.
    pub last_fault: Option<(String, SystemTime)>,
    /// Whether the source still says what was refused.
    pub refused: bool,
    /// Whether the source failed when it was last asked.
    pub failing: bool,
    /// Whether an answer is waiting until it has stood long enough.
    pub waiting: bool,
}

impl Standing {
    /// The figures in Prometheus's text format, all with the label `map` of this value.
    ///
    /// A sample holds 53 bits of a fingerprint of 64: `continuum_map_fingerprint` is its
    /// lower 48, to be compared, and the label of `continuum_map_info` is the whole.
    ///
    /// ```
    /// use continuum_members::{Limits, Members};
    /// let text = Members::new(Limits::new()).standing().prometheus("sessions");
    /// assert!(text.contains("continuum_map_changes_total{map=\"sessions\"} 0\n"));
    /// ```
    #[must_use]
    pub fn prometheus(&self, map: &str) -> String {
        let mut page = Page { text: String::new(), map: escaped(map) };
        if let (Some(fingerprint), Some(scheme)) = (self.fingerprint, &self.scheme) {
            page.head("map_info", "gauge", "The map in force.");
            let labels =
                format!(",fingerprint=\"{fingerprint:016x}\",scheme=\"{}\"", escaped(scheme));
            page.row("map_info", &labels, "1");
            page.one(
                "map_fingerprint",
                "gauge",
                "The lower 48 bits of the fingerprint: processes that agree have the same.",
                fingerprint & ((1 << 48) - 1),
            );
        }
        page.one("map_servers", "gauge", "Servers of the map.", self.shares.len());
        page.head("owner_share", "gauge", "The share of the keys that a server owns.");
        for (server, share) in &self.shares {
            let labels = format!(",server=\"{}\"", escaped(server));
            page.row("owner_share", &labels, &share.to_string());
        }
        page.head("server_failed", "gauge", "Whether a server is passed over.");
        for (server, _) in &self.shares {
            let labels = format!(",server=\"{}\"", escaped(server));
            page.row(
                "server_failed",
                &labels,
                if self.failed.contains(server) { "1" } else { "0" },
            );
        }
        let Counts { answers, faults, changes, empty, unbuilt, moves } = self.counts;
        page.one("map_changes_total", "counter", "Maps that were taken.", changes);
        page.head("map_refusals_total", "counter", "Sets of servers that were refused.");
        for (reason, number) in
            [(Reason::Empty, empty), (Reason::Unbuilt, unbuilt), (Reason::Move, moves)]
        {
            let labels = format!(",reason=\"{}\"", reason.word());
            page.row("map_refusals_total", &labels, &number.to_string());
        }
        page.one("source_answers_total", "counter", "Whole answers of the source.", answers);
        page.one("source_faults_total", "counter", "Answers that were none.", faults);
        let about = "Whether the source says what was refused.";
        page.one("map_refused", "gauge", about, u8::from(self.refused));
        let about = "Whether the source failed when it was last asked.";
        page.one("source_failing", "gauge", about, u8::from(self.failing));
        let about = "When the map changed.";
        page.time("map_last_change_timestamp_seconds", about, self.last_change);
        let about = "When a set of servers was refused.";
        let refused = self.last_refusal.as_ref().map(|refusal| refusal.at);
        page.time("map_last_refusal_timestamp_seconds", about, refused);
        page.text
    }
}

struct Page {
    text: String,
    map: String,
}

impl Page {
    fn head(&mut self, name: &str, kind: &str, about: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP continuum_{name} {about}");
        let _ = writeln!(self.text, "# TYPE continuum_{name} {kind}");
    }

    fn row(&mut self, name: &str, labels: &str, value: &str) {
        let _ = writeln!(self.text, "continuum_{name}{{map=\"{}\"{labels}}} {value}", self.map);
    }

    fn one(&mut self, name: &str, kind: &str, about: &str, value: impl ToString) {
        self.head(name, kind, about);
        self.row(name, "", &value.to_string());
    }

    fn time(&mut self, name: &str, about: &str, at: Option<SystemTime>) {
        if let Some(since) = at.and_then(|at| at.duration_since(UNIX_EPOCH).ok()) {
            self.one(name, "gauge", about, format!("{:.3}", since.as_secs_f64()));
        }
    }
}

/// As a label's value is written.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
