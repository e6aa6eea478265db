//! Structures alone: keys are hashed before, as many as fit the caches of a
//! program that streams them.

use continuum::{Continuum, bench};
use xxhash_rust::xxh3::xxh3_64;

use crate::keys::{hashes, servers};
use crate::ours::continuum;
use crate::peers::python_continuum::Points;
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, Entrant, race};

/// Keys of a pass, other ones in each: the branch predictor learns few by heart.
const WINDOW: usize = 16_384;

const CLASS: &str = "After hashing";

fn keys() -> Vec<u64> {
    hashes(1 << 20)
}

/// The owners by ours, of keys of any type.
fn place<K: Clone + 'static>(continuum: &Continuum, keys: &[K], batch: bool, out: &mut Vec<u32>) {
    out.resize(keys.len(), 0);
    // The bench interface takes a `Vec`: copying one is no part of a look-up, so
    // windows are kept ready by the caller and this is used for answers only.
    assert!(bench::place(continuum, &keys.to_vec(), batch, out), "positions of another type");
}

/// Windows of the keys in turn, which are `Vec`s already.
fn windows<'a, K: Copy + 'static>(
    keys: &[K],
    mut place: impl FnMut(&Vec<K>, &mut [u32]) + 'a,
) -> Entrant<'a, K> {
    let window = WINDOW.min(keys.len() / 16);
    let windows: Vec<Vec<K>> = keys.chunks_exact(window).map(<[K]>::to_vec).collect();
    let mut out = vec![0; window];
    let mut turn = 0;
    Entrant::fixed(window, move || {
        turn = (turn + 1) % windows.len();
        place(&windows[turn], &mut out);
        std::hint::black_box(&out);
    })
}

fn ours<'a, K: Copy + 'static>(
    continuum: &'a Continuum,
    keys: &[K],
    batch: bool,
) -> Entrant<'a, K> {
    windows(keys, move |keys, out| assert!(bench::place(continuum, keys, batch, out)))
}

/// A binary search over the same points, into the same memory.
fn search<'a, K: Copy + 'static>(keys: &[K], place: impl Fn(K) -> u32 + 'a) -> Entrant<'a, K> {
    windows(keys, move |keys, out| {
        for (key, out) in keys.iter().zip(out) {
            *out = place(*key);
        }
    })
}

pub fn run(effort: Effort, findings: &mut Findings) {
    let sizes: &[usize] = if effort.quick {
        &[1, 100, 1000]
    } else {
        &[1, 2, 4, 8, 16, 32, 100, 316, 1000, 3162, 10_000]
    };
    for &n in sizes {
        ring32(effort, findings, n);
    }
    for n in [100, 1000] {
        ring64(effort, findings, n);
    }
    slots(effort, findings);
    for n in [8, 16, 64, 256, 1024] {
        rendezvous(effort, findings, n);
    }
}

fn ring32(effort: Effort, findings: &mut Findings, n: usize) {
    let servers = servers(n);
    let points = 160 * n;
    let ring = continuum(&format!("python-continuum:points={points}"), &servers);
    let plain = Points::new(&servers, 160);
    let keys: Vec<u32> = keys().into_iter().map(|key| key as u32).collect();
    let want: Vec<u32> = keys.iter().map(|key| plain.place(*key)).collect();
    let mut got = Vec::new();
    for batch in [false, true] {
        place(&ring, &keys, batch, &mut got);
        let way = if batch { "batch" } else { "one at a time" };
        let what = format!("python-continuum, {points} points, 2^20 hashes, {way}");
        findings.check("the 2010 module's rule, restated, by binary search", what, got == want);
    }
    let times = race(
        effort,
        &keys,
        &mut [
            search(&keys, |key| plain.place(key)),
            ours(&ring, &keys, false),
            ours(&ring, &keys, true),
        ],
    );
    let most = match points {
        16_000 => Some(2.5),
        160_000 => Some(4.0),
        _ => None,
    };
    let unit = "ns";
    for (name, time) in [("ring, one at a time", times[1]), ("ring, batch", times[2])] {
        let least = if most.is_some() { 5.0 } else { 1.0 };
        let row = Row {
            class: CLASS,
            ours: format!("{name} (32-bit points)"),
            peer: Some("partition_point on the same points".to_owned()),
            n: points as u64,
            unit,
            ours_time: time,
            peer_time: Some(times[0]),
            target: Some(Target::TimesFaster(least)),
        };
        findings.row(row.clone());
        if let Some(most) = most {
            let target = Some(Target::AtMost(most));
            findings.row(Row { peer: None, peer_time: None, target, ..row });
        }
    }
}

fn ring64(effort: Effort, findings: &mut Findings, n: usize) {
    let servers = servers(n);
    let ring = continuum("ring-1", &servers);
    let mut points: Vec<(u64, u32)> = (0..)
        .zip(&servers)
        .flat_map(|(owner, server)| {
            (0..160_u64).map(move |number| {
                let label = [server.as_bytes(), &number.to_le_bytes()].concat();
                (xxh3_64(&label), owner)
            })
        })
        .collect();
    points.sort_by_key(|point| point.0);
    let (positions, owners): (Vec<u64>, Vec<u32>) = points.into_iter().unzip();
    let plain = |key: u64| {
        let at = positions.partition_point(|position| *position < key);
        owners[if at == owners.len() { 0 } else { at }]
    };
    let keys = keys();
    let mut got = Vec::new();
    place(&ring, &keys, true, &mut got);
    let equal = keys.iter().zip(&got).all(|(key, owner)| plain(*key) == *owner);
    let what = format!("ring-1, {} points, 2^20 hashes", 160 * n);
    findings.check("the rule of docs/schemes/ring-1.md by binary search", what, equal);
    let times = race(
        effort,
        &keys,
        &mut [search(&keys, plain), ours(&ring, &keys, false), ours(&ring, &keys, true)],
    );
    for (name, time) in [("ring, one at a time", times[1]), ("ring, batch", times[2])] {
        findings.row(Row {
            class: CLASS,
            ours: format!("{name} (64-bit points)"),
            peer: Some("partition_point on the same points".to_owned()),
            n: 160 * n as u64,
            unit: "ns",
            ours_time: time,
            peer_time: Some(times[0]),
            target: Some(Target::TimesFaster(1.0)),
        });
    }
}

fn slots(effort: Effort, findings: &mut Findings) {
    let table = continuum("slots-1", &servers(100));
    let keys = keys();
    let mut got = Vec::new();
    place(&table, &keys, true, &mut got);
    let one = keys
        .iter()
        .zip(&got)
        .all(|(key, owner)| table.resolve_position(u128::from(*key)) == Some(*owner));
    findings.check("slots-1, one position at a time", "2^20 hashes", one);
    let times = race(effort, &keys, &mut [ours(&table, &keys, true)]);
    findings.row(Row {
        class: CLASS,
        ours: "slots-1, batch".to_owned(),
        peer: None,
        n: 100,
        unit: "ns",
        ours_time: times[0],
        peer_time: None,
        target: Some(Target::AtMost(0.4)),
    });
}

fn rendezvous(effort: Effort, findings: &mut Findings, n: usize) {
    let set = continuum("rendezvous-1", &servers(n));
    let keys = hashes(1 << 13);
    let mut want = Vec::new();
    place(&set, &keys, false, &mut want);
    for level in bench::levels() {
        bench::limit(Some(level));
        let mut got = Vec::new();
        place(&set, &keys, true, &mut got);
        findings.check(
            format!("rendezvous-1 in {level}"),
            format!("{n} servers, 2^13 hashes"),
            got == want,
        );
        let times = race(effort, &keys, &mut [ours(&set, &keys, true)]);
        bench::limit(None);
        findings.row(Row {
            class: CLASS,
            ours: format!("rendezvous-1, {level}"),
            peer: None,
            n: n as u64,
            unit: "ns a server",
            ours_time: times[0].divided(n as f64),
            peer_time: None,
            target: (level == "avx512").then_some(Target::AtMost(0.6)),
        });
    }
}
