//! Servers that failed, and those that are coming back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// As `continuum-upstream` has it, so that a proxy and a client send a key to the same
/// server while its owner comes back.
const SEED: u64 = 0x636f_6e74_696e_7565;

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
        if gone >= ramp {
            return Health::Well;
        }
        let part = (gone.as_nanos() << 64) / ramp.as_nanos().max(1);
        let place = u128::from(xxh3_64_with_seed(key, SEED));
        if place >= part { Health::Coming } else { Health::Well }
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
