//! How far a run is, and whether it shall end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared with whoever shows progress or takes signals. Clones are one.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    total: Arc<AtomicU64>,
    done: Arc<AtomicU64>,
}

impl Watch {
    /// The flag that ends the run after the keys in hand: for a signal handler.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Whether it shall end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Keys to be looked at, 0 while that is not known; and those that are done.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.total.load(Ordering::Relaxed), self.done.load(Ordering::Relaxed))
    }

    pub(crate) fn expect(&self, keys: u64) {
        self.total.fetch_add(keys, Ordering::Relaxed);
    }

    pub(crate) fn done(&self, keys: u64) {
        self.done.fetch_add(keys, Ordering::Relaxed);
    }
}
