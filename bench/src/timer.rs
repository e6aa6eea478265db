//! Entrants that take turns, in windows short enough that what else the machine
//! does falls on all of them.

use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;
use serde::Serialize;

/// Nanoseconds (or another unit, as the row says) of one entrant.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Time {
    pub median: f64,
    pub p10: f64,
}

impl Time {
    /// Of samples that may come in any order.
    pub fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples[((samples.len() - 1) as f64 * share) as usize];
        Self { median: at(0.5), p10: at(0.1) }
    }

    pub fn divided(self, by: f64) -> Self {
        Self { median: self.median / by, p10: self.p10 / by }
    }
}

/// How long everything takes.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub quick: bool,
    pub rounds: usize,
    pub windows: usize,
    pub warm_up: Duration,
    pub window: Duration,
}

impl Effort {
    pub fn new(quick: bool) -> Self {
        Self {
            quick,
            rounds: if quick { 3 } else { 9 },
            windows: if quick { 6 } else { 16 },
            warm_up: Duration::from_millis(if quick { 2 } else { 8 }),
            window: Duration::from_micros(if quick { 500 } else { 1000 }),
        }
    }
}

/// A pass over some keys.
type Pass<'a, K> = Box<dyn FnMut(&[K]) + 'a>;

/// What takes part.
pub struct Entrant<'a, K> {
    run: Pass<'a, K>,
    /// Passes shorter than this would not be what the entrant is made for.
    least: usize,
    /// Passes are of just so many keys, which the entrant has itself.
    fixed: bool,
}

impl<'a, K: Copy + 'a> Entrant<'a, K> {
    /// One key at a time; no look-up waits for the one before.
    pub fn each(one: impl Fn(K) -> u32 + 'a) -> Self {
        let run = Box::new(move |keys: &[K]| {
            for key in keys {
                black_box(one(*key));
            }
        });
        Self { run, least: 1, fixed: false }
    }

    /// Many keys in one call.
    pub fn batch(mut all: impl FnMut(&[K]) + 'a) -> Self {
        Self { run: Box::new(move |keys| all(keys)), least: 4096, fixed: false }
    }

    /// Many keys that the entrant keeps itself, always as many.
    pub fn fixed(count: usize, mut all: impl FnMut() + 'a) -> Self {
        Self { run: Box::new(move |_| all()), least: count, fixed: true }
    }
}

/// Nanoseconds a key of each entrant, of the processor time of this thread.
pub fn race<K: Copy>(effort: Effort, keys: &[K], entrants: &mut [Entrant<'_, K>]) -> Vec<Time> {
    // Keys of a pass and passes of a window. To ask for the time takes as long as
    // dozens of look-ups: no window may be short.
    let sizes: Vec<(usize, usize)> = entrants
        .iter_mut()
        .map(|entrant| {
            // Doubled until a window is long enough; this warms up as well.
            let (mut count, mut passes) = (entrant.least.min(keys.len()), 1);
            loop {
                let start = ThreadTime::now();
                for _ in 0..passes {
                    (entrant.run)(&keys[..count]);
                }
                if start.elapsed() * 3 >= effort.window * 2 {
                    break (count, passes);
                }
                if entrant.fixed {
                    passes *= 2;
                } else if count < keys.len() {
                    count = (count * 2).min(keys.len());
                } else {
                    break (count, passes);
                }
            }
        })
        .collect();
    let mut from = vec![0; entrants.len()];
    let mut samples = vec![Vec::with_capacity(effort.rounds * effort.windows); entrants.len()];
    for round in 0..effort.rounds {
        for turn in 0..entrants.len() {
            let at = (turn + round) % entrants.len();
            let (count, passes) = sizes[at];
            let mut pass = || {
                if from[at] + count > keys.len() {
                    from[at] = 0;
                }
                let window = &keys[from[at]..from[at] + count];
                from[at] += count;
                let start = ThreadTime::now();
                for _ in 0..passes {
                    (entrants[at].run)(window);
                }
                start.elapsed()
            };
            let mut warm = Duration::ZERO;
            while warm < effort.warm_up {
                warm += pass().max(Duration::from_micros(1));
            }
            for _ in 0..effort.windows {
                samples[at].push(pass().as_secs_f64() * 1e9 / (count * passes) as f64);
            }
        }
    }
    samples.into_iter().map(Time::of).collect()
}

/// Wall-clock free repeats of something long, in turns: milliseconds of each.
pub fn repeat(repeats: usize, jobs: &mut [Box<dyn FnMut() + '_>]) -> Vec<Time> {
    let mut samples = vec![Vec::with_capacity(repeats); jobs.len()];
    for _ in 0..repeats {
        for (job, samples) in jobs.iter_mut().zip(&mut samples) {
            let start = ThreadTime::now();
            job();
            samples.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    samples.into_iter().map(Time::of).collect()
}
