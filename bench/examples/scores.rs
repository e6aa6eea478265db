//! Nanoseconds and milliseconds of what rests on the scores of weighted
//! rendezvous, at every level that this CPU has: `rendezvous-1` a key and server,
//! builds, changes and look-ups of `slots-1`.
//!
//! ```sh
//! CARGO_TARGET_DIR=target/bench cargo run --profile dist --manifest-path bench/Cargo.toml --example scores
//! ```
//!
//! Answers are compared before anything is timed. Runs take turns, so that what
//! else the machine does falls on all; the 10th percentile and the median are
//! printed. It compiles the modules under test into itself: none of them is
//! public.
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
use lanes::Level;
use lanes::score::{best, best_of_all};
use placement::{Contender, Place as _, Scores, SlotTable};
use timer::{Run, print, processor, wall};

fn contenders(count: u32) -> Vec<Contender> {
    (0..count)
        .map(|owner| Contender {
            hash: splitmix64(u64::from(owner)),
            capacity: [1.0, 2.0, 4.0][owner as usize % 3],
            owner,
        })
        .collect()
}

/// A key at all servers, in batches and alone.
fn rendezvous(servers: u32) {
    let scores = Scores::new(&contenders(servers), servers as usize);
    let columns = scores.columns();
    let keys: Vec<u64> =
        (0..if servers > 1000 { 240 } else { 960 }).map(|n| splitmix64(!n)).collect();
    let want: Vec<_> = keys.iter().map(|key| best(Level::Portable, columns, *key)).collect();
    let keys = &keys;
    let mut runs: Vec<Run<'_>> = Vec::new();
    for level in Level::all() {
        let mut out = vec![(0, 0); keys.len()];
        best_of_all(level, columns, keys, |at, score, rank| out[at] = (score, rank));
        assert!(out == want, "{level:?}");
        assert!(keys.iter().zip(&want).all(|(key, want)| best(level, columns, *key) == *want));
        let mut ranks = vec![0; keys.len()];
        runs.push((
            format!("ns a server, {servers} servers, batch, {}", level.name()),
            Box::new(move || {
                best_of_all(level, columns, black_box(keys), |at, _, rank| ranks[at] = rank);
                black_box(&ranks);
            }),
        ));
        runs.push((
            format!("ns a server, {servers} servers, a key at a time, {}", level.name()),
            Box::new(move || {
                for key in keys {
                    black_box(best(level, columns, *black_box(key)));
                }
            }),
        ));
    }
    print(40, keys.len() as f64 * f64::from(servers), wall, &mut runs);
}

/// A table of so many servers filled, and changed by one server.
fn table(servers: u32, slots: u32, slack: Option<u64>) {
    let count = servers as usize;
    let (less, now, more) = (contenders(servers - 1), contenders(servers), contenders(servers + 1));
    let mut heavier = now.clone();
    heavier[7].capacity *= 1.5;
    let best = Level::best();
    let old = &SlotTable::new(&now, count, slots, slack);
    let positions: Vec<u64> = (0..100_000).map(splitmix64).collect();
    let owners = |table: &SlotTable| {
        let mut owners = vec![0; positions.len()];
        table.place_all(&positions, &mut owners);
        owners
    };
    let stays = |number| (number < servers).then_some(number);
    let lighter = |number| (number != 7).then_some(number);
    let add = || old.changed(best, &more, count + 1, slack, stays);
    let remove = || old.changed(best, &less, count - 1, slack, Some);
    let weigh = || old.changed(best, &heavier, count, slack, lighter);
    for (changed, set) in [(add(), &more), (remove(), &less), (weigh(), &heavier)] {
        let filled = owners(&SlotTable::new(set, set.len(), slots, slack));
        assert!(changed.is_none_or(|changed| owners(&changed) == filled));
    }
    let what = format!(
        "ms, {servers} servers, {slots} slots, slack {}",
        if slack.is_some() { "0.05" } else { "off" }
    );
    let now = &now;
    let mut runs: Vec<Run<'_>> = Vec::new();
    for level in Level::all() {
        assert!(owners(&SlotTable::at(level, now, count, slots, slack)) == owners(old));
        runs.push((
            format!("{what}, build, {}", level.name()),
            Box::new(move || {
                black_box(SlotTable::at(level, now, count, slots, slack));
            }),
        ));
    }
    let level = best.name();
    runs.push((format!("{what}, add one, {level}"), Box::new(move || drop(black_box(add())))));
    runs.push((
        format!("{what}, remove one, {level}"),
        Box::new(move || drop(black_box(remove()))),
    ));
    runs.push((format!("{what}, weigh one, {level}"), Box::new(move || drop(black_box(weigh())))));
    print(if slots > 1 << 16 { 3 } else { 15 }, 1e6, processor, &mut runs);
}

/// Keys that are hashed already, in a table of 64 KiB; other keys in every pass.
fn look_up() {
    let table = &SlotTable::new(&contenders(100), 100, 1 << 16, None);
    let all: Vec<u64> = (0..1 << 16).map(splitmix64).collect();
    const KEYS: usize = 4096;
    let mut owners = vec![0; KEYS];
    table.place_all(&all[..KEYS], &mut owners);
    assert!(all.iter().zip(&owners).all(|(key, owner)| table.place(*key) == *owner));
    // As many at once as a batch hashes, so that positions are at hand as they are
    // behind a hash.
    let batch = 240;
    let (mut one, mut two) = (0, 8);
    let keys = |turn: &mut usize| {
        *turn += 1;
        let from = *turn % (all.len() / KEYS) * KEYS;
        &all[from..from + KEYS]
    };
    let mut runs: Vec<Run<'_>> = vec![
        (
            "ns a key, 65536 slots, look-up in batches".to_owned(),
            Box::new(move || {
                for keys in keys(&mut one).chunks(batch) {
                    table.place_all(keys, &mut owners[..keys.len()]);
                    black_box(&owners);
                }
            }),
        ),
        (
            "ns a key, 65536 slots, look-up, a key at a time".to_owned(),
            Box::new(move || {
                black_box(keys(&mut two).iter().fold(0, |sum, key| sum ^ table.place(*key)));
            }),
        ),
    ];
    print(2000, KEYS as f64, wall, &mut runs);
}

fn main() {
    println!("{:60} {:>8} {:>8}", "", "p10", "median");
    look_up();
    for servers in [8, 100, 1000, 10_000] {
        rendezvous(servers);
    }
    let slack = Some((1 << 32) + 214_748_364);
    for (servers, slots) in [(100, 1 << 16), (1000, 1 << 16), (100, 1 << 20), (1000, 1 << 20)] {
        table(servers, slots, slack);
        table(servers, slots, None);
    }
}
