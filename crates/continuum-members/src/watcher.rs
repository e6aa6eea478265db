//! A source and the members that follow it, one step after another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::members::Members;
use crate::source::{Fault, Source};
use crate::verdict::Verdict;

/// Asks a source again and again and puts the answers before [`Members`]. Whoever calls
/// [`step`](Self::step) decides what is done with a change; [`follow`](crate::follow)
/// makes each.
pub struct Watcher<S> {
    members: Arc<Members>,
    source: S,
    interval: Duration,
    asked: Option<Instant>,
}

impl<S: Source> Watcher<S> {
    /// The source is asked at least once in an interval, and whenever it has news.
    pub fn new(members: Arc<Members>, source: S, interval: Duration) -> Self {
        Self { members, source, interval, asked: None }
    }

    /// The members.
    #[must_use]
    pub fn members(&self) -> &Arc<Members> {
        &self.members
    }

    /// Asks now, whatever the interval says.
    ///
    /// # Errors
    /// The source gives no answer that can be read.
    pub fn ask(&mut self) -> Result<(), Fault> {
        let answer = self.source.ask();
        let now = Instant::now();
        self.asked = Some(now);
        self.members.offer(answer?, now);
        Ok(())
    }

    /// Waits for something to tell, at most so long.
    pub fn step(&mut self, most: Duration) -> Option<Verdict> {
        let end = Instant::now() + most;
        loop {
            let now = Instant::now();
            let settled = self.members.due().is_some_and(|due| due <= now);
            let old = self.asked.is_none_or(|asked| now >= asked + self.interval);
            // What has stood long enough must still be what the source says.
            if (settled || old)
                && let Err(fault) = self.ask()
            {
                if self.members.fail(&fault) {
                    return Some(Verdict::Failed(fault));
                }
            } else if settled && let Some(verdict) = self.members.judge(Instant::now()) {
                return Some(verdict);
            }
            let now = Instant::now();
            let next = [self.members.due(), self.asked.map(|asked| asked + self.interval)];
            let next = next.into_iter().flatten().fold(end, Instant::min);
            if now >= end {
                return None;
            }
            let waited = next.saturating_duration_since(now);
            if self.source.wait(waited) {
                self.asked = None;
            }
        }
    }
}
