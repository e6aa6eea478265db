//! Where the thread that watches leaves what it knows.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The slices as JSON, none where there are none; or why they are not known.
pub(super) type Listed = Result<Option<String>, String>;

#[derive(Debug, Default)]
struct Known {
    /// How many answers there were.
    number: u64,
    listed: Option<Listed>,
}

/// The last answer, for one who writes and one who reads.
#[derive(Debug, Default)]
pub(super) struct Board {
    known: Mutex<Known>,
    changed: Condvar,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self, listed: Listed) {
        let mut known = self.lock();
        known.number += 1;
        known.listed = Some(listed);
        drop(known);
        self.changed.notify_all();
    }

    /// The answer and its number; the first one is waited for, at most so long.
    pub(super) fn read(&self, most: Duration) -> (u64, Listed) {
        let waits = |known: &mut Known| known.listed.is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), most, waits);
        let (known, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let none = || Err("no answer in time".to_owned());
        (known.number, known.listed.clone().unwrap_or_else(none))
    }

    /// Waits for an answer after that one, at most so long.
    pub(super) fn wait(&self, number: u64, most: Duration) -> bool {
        let waits = |known: &mut Known| known.number == number;
        let waited = self.changed.wait_timeout_while(self.lock(), most, waits);
        let (known, _) = waited.unwrap_or_else(PoisonError::into_inner);
        known.number != number
    }
}
