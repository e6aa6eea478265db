//! Libraries that panic on broken files.

use std::panic::{self, AssertUnwindSafe};

/// What was done; `None` if it panicked, of which nothing is shown, in any thread.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(hook);
    done.ok()
}
