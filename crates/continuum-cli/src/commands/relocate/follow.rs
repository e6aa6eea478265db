//! While it runs: a bar for whoever watches, and an end in order when asked for one.

use std::sync::atomic::{AtomicBool, Ordering};
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

/// Works with a bar beside it.
pub(super) fn with_bar<T: Send>(watch: &Watch, work: impl FnOnce() -> T + Send) -> T {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let draw = || {
            let bar = Progress::keys();
            while !ended.load(Ordering::Relaxed) {
                let (total, done) = watch.progress();
                bar.of(total, done);
                thread::sleep(TICK);
            }
        };
        // Where no thread can be made the work goes without its bar.
        drop(thread::Builder::new().spawn_scoped(scope, draw));
        let result = work();
        ended.store(true, Ordering::Relaxed);
        result
    })
}
