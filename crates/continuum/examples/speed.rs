//! Nanoseconds a key: MD5 one at a time and in batches, at every level that this
//! CPU has; a look-up in a ring, beside a binary search.
//!
//! ```sh
//! cargo run --release -p continuum-hash --example speed
//! ```
//!
//! Answers are compared before anything is timed. Windows are short and take
//! turns, so that what else the machine does falls on all; the 10th percentile
//! and the median are printed. It compiles the modules under test into itself:
//! none of them is public.
#![allow(dead_code, unused_imports, unreachable_pub, reason = "it uses a part of each module")]
#![expect(clippy::print_stdout, reason = "a program that prints")]

#[path = "../src/error.rs"]
mod error;
#[path = "../src/hash/mod.rs"]
mod hash;
#[path = "../src/keys.rs"]
mod keys;
#[path = "../src/lanes/mod.rs"]
mod lanes;
#[path = "../src/placement/mod.rs"]
mod placement;

use std::hint::black_box;
use std::time::Instant;

use hash::key_hash::{Hash32, Hash64};
use hash::md5;
use hash::splitmix64::splitmix64;
use lanes::Level;
use placement::{Place as _, Ring, Rules, Seek, Shared};

const WINDOWS: usize = 200;

/// What is timed: a name and a pass over all keys.
type Run<'a> = (String, Box<dyn FnMut() + 'a>);

/// Times windows of every run in turn; nanoseconds a key.
fn time(keys: usize, runs: &mut [Run<'_>]) {
    let mut times = vec![Vec::with_capacity(WINDOWS); runs.len()];
    for _ in 0..WINDOWS {
        for ((_, run), times) in runs.iter_mut().zip(&mut times) {
            let start = Instant::now();
            run();
            times.push(start.elapsed().as_secs_f64() * 1e9 / keys as f64);
        }
    }
    for ((name, _), times) in runs.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        println!("{name:44} {:8.2} {:8.2}", times[WINDOWS / 10], times[WINDOWS / 2]);
    }
}

fn md5_of(title: &str, texts: &[String]) {
    let keys: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let want: Vec<u32> = keys.iter().map(|key| md5::word0(key)).collect();
    let mut out = vec![0; keys.len()];
    for level in Level::all() {
        lanes::md5::word0_all(level, &keys, &mut out);
        assert!(out == want, "{level:?}");
    }
    let keys = &keys;
    let mut runs: Vec<Run<'_>> = vec![(
        format!("md5 {title}, one at a time"),
        Box::new(|| {
            for key in keys {
                black_box(md5::word0(black_box(key)));
            }
        }),
    )];
    for level in Level::all() {
        let mut out = vec![0; keys.len()];
        runs.push((
            format!("md5 {title}, batch, {}", name(level)),
            Box::new(move || {
                lanes::md5::word0_all(level, black_box(keys), &mut out);
                black_box(&out);
            }),
        ));
    }
    time(keys.len(), &mut runs);
}

/// Rings of 160 points a server: one search after the other's answer is not
/// waited for. The keys are hashes.
fn ring_of(servers: u32) {
    let count = u64::from(servers) * 160;
    let mut points: Vec<(u32, u32)> = (0_u32..servers)
        .flat_map(|owner| std::iter::repeat_n(owner, 160))
        .zip(0..count)
        .map(|(owner, n)| (hash::word::low32(splitmix64(n)), owner))
        .collect();
    let ring = Ring::new(points.clone(), Rules::new(Seek::AtOrAfter, Shared::Keep));
    points.sort_by_key(|point| point.0);
    let positions: Vec<u32> = points.iter().map(|point| point.0).collect();
    let owners: Vec<u32> = points.iter().map(|point| point.1).collect();
    let search = |key: u32| {
        let at = positions.partition_point(|position| *position < key);
        owners[if at == owners.len() { 0 } else { at }]
    };
    let all: Vec<u32> = (0..1 << 20).map(|n| hash::word::low32(splitmix64(!n))).collect();
    assert!(all.iter().all(|key| search(*key) == ring.place(*key)));
    let mut out = vec![0; all.len()];
    ring.place_all(&all, &mut out);
    assert!(all.iter().zip(&out).all(|(key, owner)| search(*key) == *owner));
    // Other keys in every window: the branch predictor learns few by heart.
    const KEYS: usize = 16_384;
    let keys = |turn: &mut usize| {
        *turn += 1;
        let from = *turn % (all.len() / KEYS) * KEYS;
        &all[from..from + KEYS]
    };
    let (mut one, mut two, mut three) = (0, 20, 40);
    let mut out = vec![0; KEYS];
    let memory = ring.memory() as f64 / (count * 8) as f64;
    let (search, ring) = (&search, &ring);
    let mut runs: Vec<Run<'_>> = vec![
        (
            format!("ring, {count} points, partition_point"),
            Box::new(move || {
                black_box(keys(&mut one).iter().fold(0, |sum, key| sum ^ search(*key)));
            }),
        ),
        (
            format!("ring, {count} points, place ({memory:.2} of the points)"),
            Box::new(move || {
                black_box(keys(&mut two).iter().fold(0, |sum, key| sum ^ ring.place(*key)));
            }),
        ),
        (
            format!("ring, {count} points, place_all"),
            Box::new(move || {
                ring.place_all(keys(&mut three), &mut out);
                black_box(&out);
            }),
        ),
    ];
    time(KEYS, &mut runs);
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Portable => "portable",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(_) => "AVX2",
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => "AVX-512",
        #[cfg(target_arch = "aarch64")]
        Level::Neon(_) => "NEON",
    }
}

fn main() {
    println!("{:44} {:>8} {:>8}", "ns a key", "p10", "median");
    let texts = |count: u64, tail: fn(u64) -> String| -> Vec<String> {
        (0..count).map(|n| format!("user:{:016x}{}", splitmix64(n), tail(n))).collect()
    };
    md5_of("21 bytes", &texts(2400, |_| String::new()));
    let tail = |n: u64| "-".repeat(usize::try_from(splitmix64(n) % 20).unwrap_or(0));
    md5_of("21 to 40 bytes", &texts(2400, tail));
    for servers in [1, 2, 8, 32, 100, 316, 1000, 3162, 10_000] {
        ring_of(servers);
    }
}
