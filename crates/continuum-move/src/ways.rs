//! Which machine waits for which. A Redis does nothing else while it migrates: two that
//! migrate to each other, or more of them in a circle, would wait until their patience
//! ends.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError};

/// Each machine that waits, and for whom.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    waits: Mutex<BTreeMap<u32, u32>>,
    left: Condvar,
}

/// One machine waits for another as long as this lives.
#[derive(Debug)]
pub(crate) struct Way<'w>(&'w Ways, u32);

impl Ways {
    /// One machine is to wait for another: not before that closes no circle. Each machine
    /// waits for one other at a time.
    pub(crate) fn enter(&self, from: u32, to: u32) -> Way<'_> {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        while leads(&waits, to, from) {
            waits = self.left.wait(waits).unwrap_or_else(PoisonError::into_inner);
        }
        waits.insert(from, to);
        Way(self, from)
    }
}

impl Drop for Way<'_> {
    fn drop(&mut self) {
        let mut waits = self.0.waits.lock().unwrap_or_else(PoisonError::into_inner);
        waits.remove(&self.1);
        self.0.left.notify_all();
    }
}

/// Whether whoever waits for the first waits for the second too. There are no circles.
fn leads(waits: &BTreeMap<u32, u32>, first: u32, second: u32) -> bool {
    let mut at = first;
    while at != second {
        let Some(next) = waits.get(&at) else { return false };
        at = *next;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::{Ways, leads};

    #[test]
    fn a_way_that_closes_a_circle_waits() {
        let ways = Ways::default();
        let (first, second) = (ways.enter(0, 1), ways.enter(1, 2));
        // No circle: at once.
        drop(ways.enter(3, 1));
        let entered = AtomicBool::new(false);
        thread::scope(|scope| {
            let closing = scope.spawn(|| {
                let _way = ways.enter(2, 0);
                entered.store(true, Ordering::SeqCst);
            });
            drop(ways.enter(4, 2));
            assert!(!entered.load(Ordering::SeqCst));
            drop(second);
            closing.join().unwrap();
        });
        assert!(entered.load(Ordering::SeqCst));
        drop(first);
    }

    #[test]
    fn there_is_never_a_circle() {
        let (ways, seen) = (Ways::default(), Mutex::new(0_u32));
        thread::scope(|scope| {
            for from in 0..5_u32 {
                let (ways, seen) = (&ways, &seen);
                scope.spawn(move || {
                    for step in 0..400_u32 {
                        let to = (from + 1 + step % 4) % 5;
                        let _way = ways.enter(from, to);
                        let waits = ways.waits.lock().unwrap();
                        assert!(!leads(&waits, to, from) && waits.get(&from) == Some(&to));
                        drop(waits);
                        *seen.lock().unwrap() += 1;
                    }
                });
            }
        });
        assert_eq!(*seen.lock().unwrap(), 2000);
    }

    #[test]
    fn a_chain_leads_to_its_end() {
        let waits = BTreeMap::from([(0, 1), (1, 2)]);
        assert!(leads(&waits, 0, 2) && leads(&waits, 2, 2) && !leads(&waits, 2, 0));
    }
}
