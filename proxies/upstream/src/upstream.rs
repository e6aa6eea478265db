//! Upstream: what is known of one server beside its place in the map.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use continuum::load::has_returned;
use metrics::{Counter, Gauge, counter, gauge};

use crate::names;
use crate::rules::Rules;

/// One server's load and health. It outlives changes of the map in which the server
/// stays.
pub struct Upstream {
    identity: Box<str>,
    in_flight: AtomicU64,
    failures: AtomicU32,
    /// When the server is or was back, in nanoseconds of the pool's clock; 0 if it was
    /// never away.
    back: AtomicU64,
    pub(crate) metrics: Metrics,
}

/// Handles, so that a request looks up no metric by its labels.
pub(crate) struct Metrics {
    pub(crate) requests: Counter,
    overflow: [Counter; Reason::ALL.len()],
    pub(crate) share: Gauge,
    failures: Counter,
    in_flight: Gauge,
}

/// Why a server that owns a key was not given the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Draining,
    Down,
    Busy,
    Resting,
    Ramp,
    Full,
}

impl Reason {
    const ALL: [Self; 6] =
        [Self::Draining, Self::Down, Self::Busy, Self::Resting, Self::Ramp, Self::Full];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::Down => "down",
            Self::Busy => "busy",
            Self::Resting => "resting",
            Self::Ramp => "ramp",
            Self::Full => "full",
        }
    }
}

impl Metrics {
    pub(crate) fn overflow(&self, reason: Reason) -> &Counter {
        let [draining, down, busy, resting, ramp, full] = &self.overflow;
        match reason {
            Reason::Draining => draining,
            Reason::Down => down,
            Reason::Busy => busy,
            Reason::Resting => resting,
            Reason::Ramp => ramp,
            Reason::Full => full,
        }
    }
}

impl Upstream {
    pub(crate) fn new(map: &str, identity: &str) -> Self {
        let labels = [("map", map.to_owned()), ("server", identity.to_owned())];
        let overflow = Reason::ALL.map(|reason| {
            let [map, server] = labels.clone();
            counter!(names::OVERFLOW, &[map, server, ("reason", reason.word().to_owned())])
        });
        let metrics = Metrics {
            requests: counter!(names::REQUESTS, &labels),
            overflow,
            share: gauge!(names::OWNER_SHARE, &labels),
            failures: counter!(names::FAILURES, &labels),
            in_flight: gauge!(names::IN_FLIGHT, &labels),
        };
        Self {
            identity: identity.into(),
            in_flight: AtomicU64::new(0),
            failures: AtomicU32::new(0),
            back: AtomicU64::new(0),
            metrics,
        }
    }

    /// The server's identity.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Requests in flight.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Relaxed)
    }

    /// Failures since the last success.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures.load(Relaxed)
    }

    /// Counts a request in if fewer than `cap` are in flight.
    pub(crate) fn enter_below(&self, cap: u64) -> bool {
        let below = |now| (now < cap).then_some(now + 1);
        let entered = self.in_flight.fetch_update(Relaxed, Relaxed, below).is_ok();
        if entered {
            self.metrics.in_flight.increment(1.0);
        }
        entered
    }

    pub(crate) fn leave(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
        self.metrics.in_flight.decrement(1.0);
    }

    pub(crate) fn succeeded(&self) {
        self.failures.store(0, Relaxed);
    }

    pub(crate) fn failed(&self, now: u64, rules: &Rules) {
        self.metrics.failures.increment(1);
        let more = |failures: u32| Some(failures.saturating_add(1));
        let before = self.failures.fetch_update(Relaxed, Relaxed, more).unwrap_or_else(|now| now);
        if let Some((limit, rest)) = rules.rest()
            && before.saturating_add(1) >= limit.get()
        {
            self.back.fetch_max(now.saturating_add(nanos(rest)), Relaxed);
        }
    }

    pub(crate) fn seen_down(&self, now: u64) {
        self.back.fetch_max(now, Relaxed);
    }

    /// Why this server does not take a key for itself, as far as its own past goes.
    pub(crate) fn holds_off(&self, key: &[u8], now: u64, rules: &Rules) -> Option<Reason> {
        let back = self.back.load(Relaxed);
        if back == 0 {
            return None;
        }
        if now < back {
            return Some(Reason::Resting);
        }
        let gone = Duration::from_nanos(now - back);
        (!has_returned(key, gone, rules.ramp())).then_some(Reason::Ramp)
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
