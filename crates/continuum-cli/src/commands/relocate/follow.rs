//! While it runs: a bar for whoever watches, and an end in order when asked for one.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use continuum_move::Watch;

use crate::failure::Failure;
use crate::output::Progress;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(100);

/// A signal ends the run after the keys in hand; a second one ends it at once.
pub(super) fn watch() -> Result<Watch, Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;

    let watch = Watch::default();
    for signal in [SIGINT, SIGTERM] {
        let stop = watch.stop_flag();
        flag::register_conditional_shutdown(signal, 1, stop.clone())
            .and_then(|_| flag::register(signal, stop))
            .map_err(|error| Failure::refused(format!("cannot watch for signals: {error}")))?;
    }
    Ok(watch)
}

/// Works with a bar beside it. The work has a thread of its own: signals come to the first
/// one, and where they come a wait for a server ends with an error.
pub(super) fn with_bar<T: Send>(watch: &Watch, work: impl FnMut() -> T + Send) -> T {
    let work = Mutex::new(work);
    let (first, ended) = (thread::current(), AtomicBool::new(false));
    let run = || {
        let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work();
        ended.store(true, Ordering::Release);
        first.unpark();
        result
    };
    thread::scope(|scope| {
        // Where no thread can be made the work goes without its bar.
        let Ok(working) = thread::Builder::new().spawn_scoped(scope, run) else { return run() };
        let bar = Progress::keys();
        while !ended.load(Ordering::Acquire) && !working.is_finished() {
            let (total, done) = watch.progress();
            bar.of(total, done);
            thread::park_timeout(TICK);
        }
        working.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
