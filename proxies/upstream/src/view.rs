//! View: one map with the upstreams of its servers; picks a server for a request.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use continuum::load::Bounded;
use continuum::{Capacity, Continuum};

use crate::pick::{Pick, Request};
use crate::pool::Pool;
use crate::upstream::{Reason, Upstream};

/// A map as it is in use: who owns a key, and who takes it at the moment.
pub struct View {
    pool: Arc<Pool>,
    continuum: Continuum,
    /// By the servers' numbers.
    upstreams: Box<[Arc<Upstream>]>,
}

/// Whether a server can take a request, as the caller knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can.
    Ready,
    /// Not at the moment, but nothing is wrong with it.
    Busy,
    /// It is down. A server that comes back from this takes its keys by the
    /// [ramp](crate::Rules::with_ramp).
    Down,
}

/// How often a pick that others overtook is repeated before the cap gives way.
const TRIES: u32 = 4;

impl View {
    pub(crate) fn new(
        pool: Arc<Pool>,
        continuum: Continuum,
        upstreams: Vec<Arc<Upstream>>,
    ) -> Self {
        Self { pool, continuum, upstreams: upstreams.into() }
    }

    /// The map.
    #[must_use]
    pub fn continuum(&self) -> &Continuum {
        &self.continuum
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// What is known of each server, by its number.
    #[must_use]
    pub fn upstreams(&self) -> &[Arc<Upstream>] {
        &self.upstreams
    }

    /// A server for a request: the key's owner if it is ready, is not
    /// [resting](crate::Rules::with_rest), takes this key already on its
    /// [ramp](crate::Rules::with_ramp) and has room; else the next candidate of which
    /// that holds.
    ///
    /// While any server is ready, one is picked: if rest and ramp leave nobody,
    /// they are overlooked, and so are the caps when all are full. A server of capacity
    /// 0 is never picked. `None` when no candidate within the
    /// [hops](crate::Rules::with_hops) is ready.
    ///
    /// The request is in flight until the pick is dropped.
    pub fn pick(&self, key: &[u8], state: impl Fn(u32) -> State) -> Option<Pick> {
        self.pick_at(key, Instant::now(), state)
    }

    /// As [`pick`](Self::pick), at a time.
    pub fn pick_at(&self, key: &[u8], now: Instant, state: impl Fn(u32) -> State) -> Option<Pick> {
        let pick = self.choose_at(key, now, state);
        self.count(pick.as_ref());
        pick
    }

    /// As [`pick_at`](Self::pick_at), but for the metrics: for who has still to see whether
    /// the server takes the request, and [counts](Self::count) it then.
    pub fn choose_at(
        &self,
        key: &[u8],
        now: Instant,
        state: impl Fn(u32) -> State,
    ) -> Option<Pick> {
        self.find(key, self.pool.clock(now), state)
    }

    /// Counts a request in the metrics: what was picked for it, or that nobody was.
    pub fn count(&self, pick: Option<&Pick>) {
        let Some(pick) = pick else { return self.pool.unserved.increment(1) };
        if let Some(upstream) = self.upstream(pick.index()) {
            upstream.metrics.requests.increment(1);
        }
        if let (Some(reason), Some(owner)) = (pick.reason(), self.upstream(pick.owner())) {
            owner.metrics.overflow(reason).increment(1);
        }
    }

    fn find(&self, key: &[u8], now: u64, state: impl Fn(u32) -> State) -> Option<Pick> {
        let owner = self.continuum.resolve_index(key)?;
        let owners = self
            .why_not(owner, state(owner))
            .or_else(|| self.upstream(owner)?.holds_off(key, now, self.pool.rules()));
        if owners == Some(Reason::Down) {
            self.upstream(owner)?.seen_down(now);
        }
        let ready = |server| self.why_not(server, state(server)).is_none();
        let fit = |server| {
            ready(server)
                && self
                    .upstream(server)
                    .is_some_and(|it| it.holds_off(key, now, self.pool.rules()).is_none())
        };
        let index = self.enter(key, fit).or_else(|| self.enter(key, ready))?;
        let upstream = self.upstream(index)?;
        self.pool.total.fetch_add(1, Relaxed);
        let overflow = (index != owner).then(|| owners.unwrap_or(Reason::Full));
        let request = Request::new(Arc::clone(&self.pool), Arc::clone(upstream));
        Some(Pick::new(index, owner, overflow, request))
    }

    fn upstream(&self, server: u32) -> Option<&Arc<Upstream>> {
        self.upstreams.get(server as usize)
    }

    /// Why a server in that state takes no request at all.
    fn why_not(&self, server: u32, state: State) -> Option<Reason> {
        let capacity = self.continuum.servers().get(server).map(continuum::Server::capacity);
        match state {
            _ if capacity.is_none_or(|capacity| capacity == Capacity::ZERO) => {
                Some(Reason::Draining)
            }
            State::Ready => None,
            State::Busy => Some(Reason::Busy),
            State::Down => Some(Reason::Down),
        }
    }

    /// Counts a request in at the first server that fits, and has room.
    fn enter(&self, key: &[u8], fits: impl Fn(u32) -> bool) -> Option<u32> {
        let hops = self.pool.rules().hops();
        let (left, any) = (Cell::new(hops.saturating_add(1)), Cell::new(false));
        let within = |server| {
            let now = left.get();
            left.set(now.saturating_sub(1));
            let within = now > 0 && fits(server);
            any.set(any.get() || within);
            within
        };
        let Some(bounded) = self.pool.rules().bounded() else {
            let index = self.continuum.resolve_index_where(key, within)?;
            self.upstream(index)?.enter_below(u64::MAX);
            return Some(index);
        };
        let fair = self.continuum.fair_shares();
        let numbers = 0..u32::try_from(fair.len()).unwrap_or(u32::MAX);
        let parts = numbers.zip(fair).filter(|(server, _)| fits(*server));
        let among: f64 = parts.map(|(_, part)| part).sum();
        let mut index = None;
        for _ in 0..TRIES {
            left.set(hops.saturating_add(1));
            let total = widened(self.pool.total.load(Relaxed), among);
            let load = |server| match self.upstream(server) {
                Some(upstream) if within(server) => upstream.in_flight(),
                _ => u64::MAX,
            };
            let found = bounded.pick_of(&self.continuum, key, total, load)?;
            // Among none that fits within the hops, what was found is any.
            if !any.get() {
                return None;
            }
            let cap = cap(bounded, total, fair, found);
            if self.upstream(found)?.enter_below(cap) {
                return Some(found);
            }
            index = Some(found);
        }
        self.upstream(index?)?.enter_below(u64::MAX);
        index
    }
}

fn cap(bounded: Bounded, total: u64, fair: &[f64], server: u32) -> u64 {
    bounded.cap(total, fair.get(server as usize).copied().unwrap_or(0.0))
}

/// The total at which servers that own `among` of the map have, by their fair shares of
/// the whole, the caps that the total gives them among themselves.
fn widened(total: u64, among: f64) -> u64 {
    // The shares of all sum to 1 but for rounding.
    if among <= 0.0 || among > 1.0 - 1e-9 {
        return total;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "exact below 2^53; a cast from f64 saturates, and a total is not negative"
    )]
    let wide = ((total as f64 + 1.0) / among).ceil() as u64;
    wide.saturating_sub(1)
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("pool", &self.pool)
            .field("continuum", &self.continuum)
            .finish_non_exhaustive()
    }
}
