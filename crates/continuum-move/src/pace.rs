//! Limits on keys and bytes per second, over all connections together.

use std::num::NonZero;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::watch::Watch;

/// How long a wait may be before a stop is seen.
const SLICE: Duration = Duration::from_millis(50);

/// Lets work pass at a rate. What was not used is not saved up: a pause is not
/// followed by a burst.
#[derive(Debug)]
pub(crate) struct Pace {
    keys: Option<NonZero<u64>>,
    bytes: Option<NonZero<u64>>,
    free: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new(keys: Option<NonZero<u64>>, bytes: Option<NonZero<u64>>) -> Self {
        Self { keys, bytes, free: Mutex::new(Instant::now()) }
    }

    /// The most keys of one batch: a tenth of a second's.
    pub(crate) fn batch(&self, most: usize) -> usize {
        let tenth = self.keys.map_or(u64::MAX, |keys| (keys.get() / 10).max(1));
        usize::try_from(tenth).unwrap_or(most).min(most)
    }

    /// Waits until so much may pass; ends sooner when the run is stopped.
    pub(crate) fn pass(&self, keys: u64, bytes: u64, watch: &Watch) {
        let seconds = |amount: u64, rate: Option<NonZero<u64>>| {
            #[expect(clippy::cast_precision_loss, reason = "a wait needs no more than 53 bits")]
            rate.map_or(0.0, |rate| amount as f64 / rate.get() as f64)
        };
        let takes = seconds(keys, self.keys).max(seconds(bytes, self.bytes));
        if takes <= 0.0 {
            return;
        }
        let takes = Duration::try_from_secs_f64(takes).unwrap_or(Duration::MAX);
        let start = {
            let Ok(mut free) = self.free.lock() else { return };
            let start = (*free).max(Instant::now());
            *free = start.checked_add(takes).unwrap_or(start);
            start
        };
        while let Some(left) = start.checked_duration_since(Instant::now()).filter(|l| !l.is_zero())
        {
            if watch.is_stopped() {
                return;
            }
            thread::sleep(left.min(SLICE));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::time::{Duration, Instant};

    use super::Pace;
    use crate::watch::Watch;

    #[test]
    fn the_rate_holds_and_a_stop_ends_the_wait() {
        let watch = Watch::default();
        let pace = Pace::new(NonZero::new(1000), None);
        assert_eq!(pace.batch(500), 100);
        let start = Instant::now();
        (0..4).for_each(|_| pace.pass(100, 1 << 30, &watch));
        // The first passes at once; the fourth after three tenths of a second.
        assert!(start.elapsed() >= Duration::from_millis(300));
        watch.stop_flag().store(true, std::sync::atomic::Ordering::Relaxed);
        pace.pass(1_000_000, 0, &watch);
        let start = Instant::now();
        pace.pass(1, 0, &watch);
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn without_limits_nothing_waits() {
        let pace = Pace::new(None, None);
        assert_eq!(pace.batch(500), 500);
        pace.pass(u64::MAX, u64::MAX, &Watch::default());
        let bytes = Pace::new(None, NonZero::new(1));
        assert_eq!(bytes.batch(7), 7);
    }
}
