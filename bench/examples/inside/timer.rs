//! Runs that take turns, so that what else the machine does falls on all of them.

use std::time::Instant;

/// What is timed.
pub(crate) type Pass<'a> = Box<dyn FnMut() + 'a>;

/// A name and a pass.
pub(crate) type Run<'a> = (String, Pass<'a>);

/// Nanoseconds since this instant, as one clock or the other has them.
pub(crate) type Clock = fn(Instant) -> f64;

/// Of the wall: for passes so short that asking for more would be felt.
pub(crate) fn wall(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e9
}

/// Of this thread's processor time where Linux tells it, else of the wall: for
/// passes so long that they are interrupted.
pub(crate) fn processor(since: Instant) -> f64 {
    // The kernel brings a thread's time up to date when it yields.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|text| text.split(' ').next()?.parse().ok());
    told.unwrap_or_else(|| wall(since))
}

/// Passes of every run in turn: the 10th percentiles and the medians, in units of
/// so many nanoseconds.
pub(crate) fn times(
    rounds: usize,
    unit: f64,
    clock: Clock,
    runs: &mut [Run<'_>],
) -> Vec<(f64, f64)> {
    let mut times = vec![Vec::with_capacity(rounds); runs.len()];
    let begin = Instant::now();
    for _ in 0..rounds {
        for ((_, run), times) in runs.iter_mut().zip(&mut times) {
            let start = clock(begin);
            run();
            times.push((clock(begin) - start) / unit);
        }
    }
    times.iter_mut().for_each(|times| times.sort_by(f64::total_cmp));
    times.iter().map(|times| (times[rounds / 10], times[rounds / 2])).collect()
}

/// The same, printed, a run a line; the 10th percentiles.
pub(crate) fn print(rounds: usize, unit: f64, clock: Clock, runs: &mut [Run<'_>]) -> Vec<f64> {
    let times = times(rounds, unit, clock, runs);
    for ((name, _), (low, median)) in runs.iter().zip(&times) {
        println!("{name:60} {low:8.3} {median:8.3}");
    }
    times.iter().map(|(low, _)| *low).collect()
}
