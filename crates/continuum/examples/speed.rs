//! Nanoseconds a key: MD5 one at a time and in batches, at every level that this
//! CPU has.
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

fn name(level: Level) -> &'static str {
    match level {
        Level::Portable => "portable",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(_) => "AVX2",
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(_) => "AVX-512",
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
}
