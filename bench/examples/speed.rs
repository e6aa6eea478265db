//! Nanoseconds a key: MD5 one at a time and in batches, at every level that this
//! CPU has; a look-up in a ring, beside a binary search; builds and changes of rings.
//!
//! ```sh
//! CARGO_TARGET_DIR=target/bench cargo run --profile dist --manifest-path bench/Cargo.toml --example speed
//! ```
//!
//! Answers are compared before anything is timed. Windows are short and take
//! turns, so that what else the machine does falls on all; the 10th percentile
//! and the median are printed. It compiles the modules under test into itself:
//! none of them is public.
#![allow(
    dead_code,
    unexpected_cfgs,
    unused_imports,
    unreachable_pub,
    reason = "it uses a part of each module"
)]

include!("inside/modules.rs");

use std::hint::black_box;
use std::time::Instant;

use hash::md5;
use hash::splitmix64::splitmix64;
use lanes::{Hash32, Hash64, Level};
use placement::{Place as _, PointList, Ring, Rules, Seek, Shared};
use timer::{Run, print, wall};

const WINDOWS: usize = 200;

fn md5_of(title: &str, texts: &[String]) {
    let keys: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    let want: Vec<u32> = keys.iter().map(|key| md5::word0(key)).collect();
    let mut out = vec![0; keys.len()];
    for level in Level::all() {
        Hash32::Md5.hash_all_at(level, &keys, &mut out);
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
            format!("md5 {title}, batch, {}", level.name()),
            Box::new(move || {
                Hash32::Md5.hash_all_at(level, black_box(keys), &mut out);
                black_box(&out);
            }),
        ));
    }
    print(WINDOWS, keys.len() as f64, wall, &mut runs);
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
    let made: PointList<u32> = points.iter().copied().collect();
    let ring = Ring::build(made, Rules::new(Seek::AtOrAfter, Shared::Keep), None);
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
    let times = print(WINDOWS, KEYS as f64, wall, &mut runs);
    let ratio = times[0] / times[1];
    let verdict = if ratio >= 1.0 { "faster" } else { "SLOWER" };
    println!("ring, {count} points: place is {ratio:.1} times as fast as the search: {verdict}");
}

/// Whole builds of rings of 160 points a server, and changes of one server: in place
/// where nobody else has the continuum, and where somebody has.
fn builds(scheme: &str, count: u32) {
    let servers = |count: u32| {
        let mut servers = continuum::Servers::new();
        for n in 0..count {
            let server =
                continuum::Server::new(format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255), 80);
            servers.add(server).unwrap_or_else(|error| panic!("{error}"));
        }
        servers
    };
    let scheme: continuum::Scheme = scheme.parse().unwrap_or_else(|error| panic!("{error}"));
    let build = |count: u32| {
        continuum::Continuum::with_servers(scheme.clone(), servers(count))
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let ok = |result: Result<(), continuum::Error>| result.unwrap_or_else(|e| panic!("{e}"));
    let (set, last) = (servers(count), servers(count + 1));
    let last = last.as_slice()[count as usize].clone();
    let middle = set.as_slice()[count as usize / 2].clone();
    let names = [last.identity().into_owned(), middle.identity().into_owned()];
    let mut sole = build(count);
    let mut shared = build(count);
    let mut times: [Vec<f64>; 6] = Default::default();
    for _ in 0..15 {
        let set = set.clone();
        let start = Instant::now();
        let fresh = continuum::Continuum::with_servers(scheme.clone(), set);
        times[0].push(start.elapsed().as_secs_f64() * 1e3);
        drop(fresh);
        for (at, (server, name)) in [&last, &middle].into_iter().zip(&names).enumerate() {
            if at == 1 {
                let start = Instant::now();
                ok(sole.remove_server(name).map(drop));
                times[3].push(start.elapsed().as_secs_f64() * 1e3);
                ok(sole.add_server(server.clone()));
                continue;
            }
            let start = Instant::now();
            ok(sole.add_server(server.clone()));
            times[1].push(start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            ok(sole.remove_server(name).map(drop));
            times[2].push(start.elapsed().as_secs_f64() * 1e3);
            let spare = shared.clone();
            let start = Instant::now();
            ok(shared.add_server(server.clone()));
            times[4].push(start.elapsed().as_secs_f64() * 1e3);
            drop(spare);
            let spare = shared.clone();
            let start = Instant::now();
            ok(shared.remove_server(name).map(drop));
            times[5].push(start.elapsed().as_secs_f64() * 1e3);
            drop(spare);
        }
    }
    // The one from the middle came back at the end.
    ok(shared.remove_server(&names[1]).map(drop));
    ok(shared.add_server(middle.clone()));
    let fresh = continuum::Continuum::with_servers(scheme.clone(), sole.servers().clone())
        .unwrap_or_else(|error| panic!("{error}"));
    for n in 0..100_000_u64 {
        let key = splitmix64(n).to_le_bytes();
        assert!(sole.resolve_index(key) == fresh.resolve_index(key), "the changed ring differs");
        assert!(shared.resolve_index(key) == fresh.resolve_index(key), "the copied ring differs");
    }
    let what = [
        "build",
        "add one",
        "remove it",
        "remove from the middle",
        "add, shared",
        "remove, shared",
    ];
    let mut whole = 0.0;
    for (what, times) in what.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let (low, median) = (times[1], times[times.len() / 2]);
        if whole == 0.0 {
            whole = median;
        }
        let title = format!("{scheme}, {count} servers, {what}");
        println!(
            "{title:60} {low:8.3} {median:8.3} ms, {:5.1} % of a build",
            median / whole * 100.0
        );
    }
    println!("{scheme}, {count} servers: {} bytes", fresh.memory());
}

fn main() {
    // `builds` alone, if asked.
    if std::env::args().any(|word| word == "builds") {
        return all_builds();
    }
    println!("{:60} {:>8} {:>8}", "ns a key", "p10", "median");
    let texts = |count: u64, tail: fn(u64) -> String| -> Vec<String> {
        (0..count).map(|n| format!("user:{:016x}{}", splitmix64(n), tail(n))).collect()
    };
    md5_of("21 bytes", &texts(2400, |_| String::new()));
    let tail = |n: u64| "-".repeat(usize::try_from(splitmix64(n) % 20).unwrap_or(0));
    md5_of("21 to 40 bytes", &texts(2400, tail));
    for servers in [1, 2, 4, 8, 16, 32, 64, 100, 316, 1000, 3162, 10_000] {
        ring_of(servers);
    }
    all_builds();
}

fn all_builds() {
    println!("{:60} {:>8} {:>8}", "milliseconds", "least", "median");
    for scheme in ["libketama", "nginx", "ring-1"] {
        builds(scheme, 1000);
        builds(scheme, 10_000);
    }
}
