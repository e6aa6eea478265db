//! Pool: the upstreams of one map under one name, while the map changes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use continuum::Continuum;
use metrics::{Counter, Gauge, counter, gauge};

use crate::names;
use crate::rules::Rules;
use crate::upstream::{Upstream, nanos};
use crate::view::View;

/// The servers of one map and what is known of each, by identity. Make one for each
/// map, and a [`View`] of it for each set of servers that the map comes to have.
///
/// ```
/// use continuum::{Continuum, Servers};
/// use continuum_upstream::{Pool, Rules, State};
/// let servers = Servers::from_texts(["a:80", "b:80", "c:80"])?;
/// let continuum = Continuum::with_servers("slots-1".parse()?, servers)?;
/// let owner = continuum.resolve_index("key").unwrap();
///
/// let view = Pool::new("cache", Rules::new()).view(continuum);
/// assert_eq!(view.pick(b"key", |_| State::Ready).unwrap().index(), owner);
/// let down = |server| if server == owner { State::Down } else { State::Ready };
/// let pick = view.pick(b"key", down).unwrap();
/// assert_eq!(pick.overflow(), Some("down"));
/// # Ok::<(), continuum::Error>(())
/// ```
pub struct Pool {
    name: Box<str>,
    rules: Rules,
    epoch: Instant,
    /// Requests in flight, those at servers that left the map included.
    pub(crate) total: AtomicU64,
    known: Mutex<BTreeMap<Box<str>, Arc<Upstream>>>,
    last_refusal: Mutex<Option<String>>,
    pub(crate) unserved: Counter,
    refusals: Counter,
    changes: Counter,
    fingerprint: Gauge,
    servers: Gauge,
    /// Of the map that is in use, which has labels of its own.
    info: Mutex<Option<Gauge>>,
}

impl Pool {
    /// A pool without servers. The name is the label `map` of its metrics: equal in
    /// all processes that should have the same map.
    ///
    /// Metrics go to the recorder that is installed when a pool or a view is made.
    #[must_use]
    pub fn new(name: &str, rules: Rules) -> Arc<Self> {
        let labels = [("map", name.to_owned())];
        Arc::new(Self {
            name: name.into(),
            rules,
            epoch: Instant::now(),
            total: AtomicU64::new(0),
            known: Mutex::default(),
            last_refusal: Mutex::default(),
            unserved: counter!(names::UNSERVED, &labels),
            refusals: counter!(names::REFUSALS, &labels),
            changes: counter!(names::CHANGES, &labels),
            fingerprint: gauge!(names::FINGERPRINT, &labels),
            servers: gauge!(names::SERVERS, &labels),
            info: Mutex::default(),
        })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Takes a map into use: servers that stay keep their load and health, those that
    /// are gone are forgotten. Sets the gauges of the map, for which it takes the
    /// [ownership](Continuum::ownership): O(points), or a sample of fixed size.
    pub fn view(self: &Arc<Self>, continuum: Continuum) -> View {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = std::mem::take(&mut *known);
        let mut upstreams = Vec::with_capacity(continuum.servers().len());
        for server in continuum.servers() {
            let identity = server.identity();
            let upstream = gone
                .remove(&*identity)
                .unwrap_or_else(|| Arc::new(Upstream::new(&self.name, &identity)));
            known.insert(identity.into(), Arc::clone(&upstream));
            upstreams.push(upstream);
        }
        for (upstream, share) in upstreams.iter().zip(continuum.ownership().shares()) {
            upstream.metrics.share.set(*share);
        }
        for upstream in gone.values() {
            upstream.metrics.share.set(0.0);
        }
        self.tell(&continuum);
        self.changes.increment(1);
        View::new(Arc::clone(self), continuum, upstreams)
    }

    /// Sets the gauges of the map as a whole.
    fn tell(&self, continuum: &Continuum) {
        let fingerprint = continuum.fingerprint();
        self.fingerprint.set(exact(fingerprint));
        let servers = u64::try_from(continuum.servers().len()).unwrap_or(u64::MAX);
        self.servers.set(exact(servers));
        let labels = [
            ("map", self.name.to_string()),
            ("fingerprint", format!("{fingerprint:016x}")),
            ("scheme", continuum.scheme().to_string()),
        ];
        let now = gauge!(names::INFO, &labels);
        let mut info = self.info.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = info.replace(now.clone()) {
            before.set(0.0);
        }
        now.set(1.0);
    }

    /// Reports that a server or a set of servers was refused: counts it, logs it, and
    /// keeps the sentence.
    pub fn refused(&self, why: &impl fmt::Display) {
        self.refusals.increment(1);
        let why = why.to_string();
        log::error!("map '{}': {why}", self.name);
        *self.last_refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    /// What was refused last, and why.
    #[must_use]
    pub fn last_refusal(&self) -> Option<String> {
        self.last_refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clock(&self, now: Instant) -> u64 {
        // 0 stands for never.
        nanos(now.saturating_duration_since(self.epoch)).max(1)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.name)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// The lower 48 bits, as what gauges hold.
fn exact(number: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "whole numbers below 2^53 are exact")]
    let number = (number & ((1 << 48) - 1)) as f64;
    number
}
