//! Servers that failed, and those that are coming back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use continuum::load::has_returned;

/// Marks, by the servers' identities. They never change: others take their place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    /// When each is or was back; none: not before somebody says so.
    back: BTreeMap<Box<str>, Option<Instant>>,
}

/// Whether a server takes a key for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Well,
    /// It is back, and this key is not yet.
    Coming,
    Failed,
}

impl Marks {
    pub(crate) fn is_empty(&self) -> bool {
        self.back.is_empty()
    }

    pub(crate) fn of(&self, server: &str, key: &[u8], now: Instant, ramp: Duration) -> Health {
        let back = match self.back.get(server) {
            None => return Health::Well,
            Some(None) => return Health::Failed,
            Some(Some(back)) if now < *back => return Health::Failed,
            Some(Some(back)) => *back,
        };
        let gone = now.saturating_duration_since(back);
        if has_returned(key, gone, ramp) { Health::Well } else { Health::Coming }
    }

    pub(crate) fn failed(&self, now: Instant) -> impl Iterator<Item = &str> {
        let failed = move |back: &Option<Instant>| back.is_none_or(|back| now < back);
        self.back.iter().filter(move |(_, back)| failed(back)).map(|(server, _)| &**server)
    }

    /// With a server that failed: until it is said to be back, or until then.
    pub(crate) fn with_failed(&self, server: &str, back: Option<Instant>) -> Self {
        let mut marks = self.clone();
        marks.back.insert(server.into(), back);
        marks
    }

    /// With a server that is back now, unless it was before.
    pub(crate) fn with_back(&self, server: &str, now: Instant) -> Self {
        let mut marks = self.clone();
        if let Some(back) = marks.back.get_mut(server)
            && back.is_none_or(|back| now < back)
        {
            *back = Some(now);
        }
        marks
    }

    /// Without those that are wholly back, or that are no members any more.
    pub(crate) fn pruned(
        &self,
        now: Instant,
        ramp: Duration,
        is_member: impl Fn(&str) -> bool,
    ) -> Self {
        let mut marks = self.clone();
        marks.back.retain(|server, back| {
            let coming =
                back.is_none_or(|back| now.saturating_duration_since(back) < ramp || now < back);
            coming && is_member(server)
        });
        marks
    }
}
