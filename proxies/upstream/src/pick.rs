//! Pick: the server that a request was given, and the request in flight there.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use crate::pool::Pool;
use crate::upstream::{Reason, Upstream};

/// A server picked for a request, which is in flight there until this is dropped.
#[derive(Debug)]
#[must_use = "dropped at once, the request counts as ended"]
pub struct Pick {
    index: u32,
    owner: u32,
    overflow: Option<Reason>,
    request: Request,
}

impl Pick {
    pub(crate) fn new(index: u32, owner: u32, overflow: Option<Reason>, request: Request) -> Self {
        Self { index, owner, overflow, request }
    }

    /// The number of the server that was picked.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The number of the server that owns the key.
    #[must_use]
    pub fn owner(&self) -> u32 {
        self.owner
    }

    /// Why the owner was passed over: it is `draining` (has capacity 0), `down`, `busy`,
    /// `resting` after failures, on its `ramp`, or `full`. `None` when it was picked.
    #[must_use]
    pub fn overflow(&self) -> Option<&'static str> {
        self.overflow.map(Reason::word)
    }

    pub(crate) fn reason(&self) -> Option<Reason> {
        self.overflow
    }

    /// The request, to report how it went.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The request alone, which is in flight until it is dropped.
    pub fn into_request(self) -> Request {
        self.request
    }
}

/// A request in flight; dropped, it has ended.
#[must_use = "dropped at once, the request counts as ended"]
pub struct Request {
    pool: Arc<Pool>,
    upstream: Arc<Upstream>,
}

impl Request {
    pub(crate) fn new(pool: Arc<Pool>, upstream: Arc<Upstream>) -> Self {
        Self { pool, upstream }
    }

    /// The server's load and health.
    #[must_use]
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Reports that the server answered: failures before are forgotten.
    pub fn succeeded(&self) {
        self.upstream.succeeded();
    }

    /// Reports that the server failed.
    pub fn failed(&self) {
        self.failed_at(Instant::now());
    }

    /// As [`failed`](Self::failed), at a time.
    pub fn failed_at(&self, now: Instant) {
        self.upstream.failed(self.pool.clock(now), self.pool.rules());
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.upstream.leave();
        self.pool.total.fetch_sub(1, Relaxed);
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("server", &self.upstream.identity()).finish()
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
