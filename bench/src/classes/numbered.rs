//! Numbered buckets, for keys that are hashed already.

use std::hint::black_box;

use continuum::{Continuum, bench};

use crate::keys::{hashes, servers};
use crate::ours::continuum;
use crate::peers::numbered::{fliphash, jump_back_hash, jumphash};
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, Entrant, Time, race};

const CLASS: &str = "Numbered buckets, after hashing";
const WINDOW: usize = 16_384;

/// A peer's function of a key and the number of buckets.
type Rule = fn(u64, u32) -> u32;

pub fn run(effort: Effort, findings: &mut Findings) {
    let sizes: &[usize] = if effort.quick {
        &[2, 100, 1025]
    } else {
        &[2, 3, 7, 8, 9, 100, 1000, 1024, 1025, 10_000, 100_000, 1_000_000]
    };
    let mut of_ours = Vec::new();
    for &n in sizes {
        let servers = servers(n);
        let beside = [("jump-back-hash", jump_back_hash as Rule), ("fliphash", fliphash)];
        let ours = continuum("jumpback", &servers);
        let best = pass(effort, findings, &ours, "jumpback", n, &beside, 1.1);
        of_ours.push(best);
        if n <= 10_000 {
            let ours = continuum("jump", &servers);
            pass(effort, findings, &ours, "jump", n, &[("jumphash", jumphash as Rule)], 1.0);
        }
    }
    let slowest = of_ours.iter().map(|time| time.p10).fold(0.0, f64::max);
    let fastest = of_ours.iter().map(|time| time.p10).fold(f64::INFINITY, f64::min);
    let spread = slowest / fastest;
    findings.row(Row {
        class: CLASS,
        ours: "jumpback, slowest size over fastest".to_owned(),
        peer: None,
        n: sizes.len() as u64,
        unit: "×",
        ours_time: Time { median: spread, p10: spread },
        peer_time: None,
        target: None,
    });
}

/// Ours one at a time and as a batch beside peers; the time of ours, one at a
/// time. The first peer gives the same answers.
fn pass(
    effort: Effort,
    findings: &mut Findings,
    ours: &Continuum,
    scheme: &str,
    n: usize,
    peers: &[(&str, Rule)],
    within: f64,
) -> Time {
    let keys = hashes(1 << 20);
    let buckets = n as u32;
    let windows: Vec<Vec<u64>> = keys.chunks_exact(WINDOW).map(<[u64]>::to_vec).collect();
    let mut out = vec![0; WINDOW];
    for batch in [false, true] {
        let mut same = true;
        for window in windows.iter().take(12) {
            assert!(bench::place(ours, window, batch, &mut out));
            let rule = peers[0].1;
            same &= window.iter().zip(&out).all(|(key, owner)| rule(*key, buckets) == *owner);
        }
        let way = if batch { "batch" } else { "one at a time" };
        findings.check(peers[0].0, format!("{scheme}, {n} buckets, {way}"), same);
    }
    let windows = &windows;
    let mut entrants = Vec::new();
    for batch in [false, true] {
        let mut out = vec![0; WINDOW];
        let mut turn = 0;
        entrants.push(Entrant::fixed(WINDOW, move || {
            turn = (turn + 1) % windows.len();
            assert!(bench::place(ours, &windows[turn], batch, &mut out));
            black_box(&out);
        }));
    }
    for (name, rule) in peers {
        let mut out = vec![0; WINDOW];
        let mut turn = 0;
        // Called by name, so that each is compiled into its loop.
        macro_rules! looped {
            ($rule:expr) => {
                Entrant::fixed(WINDOW, move || {
                    turn = (turn + 1) % windows.len();
                    for (key, out) in windows[turn].iter().zip(&mut out) {
                        *out = $rule(*key, buckets);
                    }
                    black_box(&out);
                })
            };
        }
        entrants.push(match *name {
            "jump-back-hash" => looped!(jump_back_hash),
            "fliphash" => looped!(fliphash),
            "jumphash" => looped!(jumphash),
            _ => looped!(rule),
        });
    }
    let times = race(effort, &keys, &mut entrants);
    for (ours, time) in [("one at a time", times[0]), ("batch", times[1])] {
        for ((peer, _), peer_time) in peers.iter().zip(&times[2..]) {
            findings.row(Row {
                class: CLASS,
                ours: format!("{scheme}, {ours}"),
                peer: Some((*peer).to_owned()),
                n: n as u64,
                unit: "ns",
                ours_time: time,
                peer_time: Some(*peer_time),
                target: Some(Target::WithinTimes(within)),
            });
        }
    }
    times[0]
}
