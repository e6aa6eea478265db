//! Nanoseconds a key of every hash with kernels, one at a time and in batches at
//! every level that this CPU has; of the rules of numbered buckets, one key at a
//! time and in batches.
//!
//! ```sh
//! CARGO_TARGET_DIR=target/bench cargo run --profile dist --manifest-path bench/Cargo.toml --example hashes            # all
//! CARGO_TARGET_DIR=target/bench cargo run --profile dist --manifest-path bench/Cargo.toml --example hashes -- fnv     # names that hold "fnv"
//! ```
//!
//! Answers are compared before anything is timed. Windows are short and take
//! turns, so that what else the machine does falls on all; the 10th percentile is
//! printed. It compiles the modules under test into itself: none of them is
//! public. `docs/measure/instructions.sh` runs it under callgrind: `list` names the
//! hashes, `count NAME single|portable|avx2|avx512 BYTES BATCHES` hashes.
#![allow(
    dead_code,
    unexpected_cfgs,
    unused_imports,
    unreachable_pub,
    reason = "it uses a part of each module"
)]

include!("inside/modules.rs");

use std::hint::black_box;

use hash::splitmix64::splitmix64;
use lanes::{Hash32, Hash64, Level};
use placement::{BucketHash, Guava, Holes, Jump, JumpBack, Numbered, Place, SplitMix64, Xorshift};
use timer::{Pass, Run, times, wall};

const WINDOWS: usize = 300;

/// Times the runs in turn, each over so many keys.
fn row(name: &str, keys: usize, runs: &mut [Run<'_>]) {
    let times = times(WINDOWS, keys as f64, wall, runs);
    let cells: String = times.iter().map(|(low, _)| format!("{low:9.2}")).collect();
    println!("{name:30}{cells}");
}

/// Any of the functions, its values widened.
#[derive(Clone, Copy)]
enum Function {
    Of32(Hash32),
    Of64(Hash64),
}

impl Function {
    const ALL: [Self; 20] = [
        Self::Of32(Hash32::Md5),
        Self::Of32(Hash32::Crc32),
        Self::Of32(Hash32::Crc16Twemproxy),
        Self::Of32(Hash32::OneAtATime),
        Self::Of32(Hash32::Fnv1_64),
        Self::Of32(Hash32::Fnv1a_64),
        Self::Of32(Hash32::Fnv1_32),
        Self::Of32(Hash32::Fnv1a_32),
        Self::Of32(Hash32::Fnv1a32Plain),
        Self::Of32(Hash32::Sdbm),
        Self::Of32(Hash32::Djb2),
        Self::Of32(Hash32::Murmur2Memcached),
        Self::Of32(Hash32::Murmur2Kafka),
        Self::Of32(Hash32::Murmur3Memcached),
        Self::Of32(Hash32::JavaNative),
        Self::Of32(Hash32::Utf16Fnv1a_64),
        Self::Of64(Hash64::Fnv1a64),
        Self::Of64(Hash64::Murmur64A { seed: 0 }),
        Self::Of64(Hash64::Xxh64 { seed: 0 }),
        Self::Of64(Hash64::Xxh3 { seed: 0 }),
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Of32(hash) => hash.name(),
            Self::Of64(hash) => hash.name(),
        }
    }

    /// A pass over all keys, at a level or one by one.
    fn run<'a>(self, keys: &'a [&'a [u8]], level: Option<Level>) -> Pass<'a> {
        macro_rules! passes {
            ($hash:expr) => {{
                let hash = $hash;
                let mut out = vec![0; keys.len()];
                let want: Vec<_> = keys.iter().map(|key| hash.hash(key)).collect();
                match level {
                    Some(level) => {
                        hash.hash_all_at(level, keys, &mut out);
                        assert!(out == want, "{hash:?} at {level:?}");
                        Box::new(move || {
                            // Batches as the placements make them.
                            for (keys, out) in
                                black_box(keys).chunks(BATCH).zip(out.chunks_mut(BATCH))
                            {
                                hash.hash_all_at(level, keys, out);
                            }
                            black_box(&out);
                        })
                    }
                    None => Box::new(move || {
                        for key in keys {
                            black_box(black_box(hash).hash(black_box(key)));
                        }
                    }),
                }
            }};
        }
        match self {
            Self::Of32(hash) => passes!(hash),
            Self::Of64(hash) => passes!(hash),
        }
    }
}

const BATCH: usize = placement::BATCH;

/// From a key's number to its length.
type Length = fn(u64) -> usize;

fn texts(count: u64, length: Length) -> Vec<String> {
    (0..count)
        .map(|n| {
            let mut text = format!("user:{:016x}{}", splitmix64(n), "-".repeat(100));
            text.truncate(length(n));
            text
        })
        .collect()
}

fn hashes(filter: &str) {
    let lengths: [(&str, Length); 5] = [
        ("8 bytes", |_| 8),
        ("21 bytes", |_| 21),
        ("40 bytes", |_| 40),
        ("100 bytes", |_| 100),
        ("8 to 40 bytes", |n| 8 + usize::try_from(splitmix64(n) % 33).unwrap_or(0)),
    ];
    let levels = Level::all();
    let heads: String = levels.iter().map(|level| format!("{:>9}", level.name())).collect();
    println!("{:30}{:>9}{heads}", "ns a key", "single");
    for function in Function::ALL.iter().filter(|function| function.name().contains(filter)) {
        for (title, length) in lengths {
            let texts = texts(2400, length);
            let keys: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
            let mut runs = vec![("single".to_owned(), function.run(&keys, None))];
            runs.extend(
                levels.iter().map(|at| (at.name().to_owned(), function.run(&keys, Some(*at)))),
            );
            row(&format!("{}, {title}", function.name()), keys.len(), &mut runs);
        }
    }
}

/// Other keys in every window: the branch predictor learns few by heart.
fn places(title: &str, place: &dyn Place<u64>, keys: &[u64]) {
    const KEYS: usize = 16_384;
    let mut owners = vec![0; keys.len()];
    place.place_all(keys, &mut owners);
    assert!(keys.iter().zip(&owners).all(|(key, owner)| place.place(*key) == *owner));
    let window = |turn: &mut usize| {
        *turn += 1;
        let from = *turn % (keys.len() / KEYS) * KEYS;
        &keys[from..from + KEYS]
    };
    let (mut one, mut two) = (0, 31);
    let mut out = vec![0; KEYS];
    let mut runs: Vec<Run<'_>> = vec![
        (
            "single".to_owned(),
            Box::new(move || {
                black_box(window(&mut one).iter().fold(0, |sum, key| sum ^ place.place(*key)));
            }),
        ),
        (
            "batch".to_owned(),
            Box::new(move || {
                place.place_all(window(&mut two), &mut out);
                black_box(&out);
            }),
        ),
    ];
    row(title, KEYS, &mut runs);
}

fn buckets(filter: &str) {
    let keys: Vec<u64> = (0..1 << 20).map(splitmix64).collect();
    println!("\n{:30}{:>9}{:>9}", "ns a key", "single", "batch");
    for count in [2, 10, 17, 100, 1000, 10_000, 100_000, 1_000_000] {
        let holes = |missing: u32| {
            let owner = |bucket| if bucket % 10 < missing { placement::NO_OWNER } else { bucket };
            Holes::new((0..count).map(owner).collect())
        };
        let rules: [(&str, Box<dyn Place<u64>>); 6] = [
            ("jumpback", Box::new(Numbered::<JumpBack<SplitMix64>>::new(count))),
            ("jumpback xorshift", Box::new(Numbered::<JumpBack<Xorshift>>::new(count))),
            ("jumpback holes, none", Box::new(holes(0))),
            ("jumpback holes, 1 of 10", Box::new(holes(1))),
            ("jump", Box::new(Numbered::<Jump>::new(count))),
            ("jump guava", Box::new(Numbered::<Guava>::new(count))),
        ];
        for (title, place) in rules.iter().filter(|(title, _)| title.contains(filter)) {
            places(&format!("{title}, {count}"), &**place, &keys);
        }
    }
}

/// Work for callgrind, which counts it.
fn count(arguments: &[String]) -> Option<()> {
    let [function, way, bytes, batches] = arguments else { return None };
    let function = Function::ALL.iter().find(|known| known.name() == function)?;
    let bytes: usize = bytes.parse().ok()?;
    let batches: usize = batches.parse().ok()?;
    let mut texts = texts(BATCH as u64, |_| 100);
    texts.iter_mut().for_each(|text| text.truncate(bytes));
    let keys: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let level = Level::all().into_iter().find(|level| level.name() == way);
    if level.is_none() && way != "single" {
        return None;
    }
    let mut run = function.run(&keys, level);
    for _ in 0..batches {
        run();
    }
    Some(())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((word, rest)) if word == "count" => {
            if count(rest).is_none() {
                println!("none");
                std::process::exit(1);
            }
        }
        Some((word, _)) if word == "list" => {
            for function in Function::ALL {
                println!("{}", function.name());
            }
        }
        Some((filter, _)) => {
            hashes(filter);
            buckets(filter);
        }
        None => {
            hashes("");
            buckets("");
        }
    }
}
