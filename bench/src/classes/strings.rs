//! Whole look-ups of text keys, one at a time, beside every Rust engine.

use continuum::bench;

use super::SIZES;
use crate::keys::{servers, texts};
use crate::ours::{continuum, owner};
use crate::peers::counted::held;
use crate::peers::strings::{ALL, Maker};
use crate::row::{Findings, Memory, Row, Target};
use crate::timer::{Effort, Entrant, race};

/// Ours that are no rings, beside peers that are none, and for how many servers.
/// As many slots as suit 10,000 servers take minutes to fill: here they are fewer,
/// in as much memory as a table of that size has.
const OTHERS: [(&str, std::ops::RangeInclusive<usize>); 3] =
    [("slots-1", 0..=1000), ("slots-1:slots=524288", 1001..=20_000), ("rendezvous-1", 0..=1000)];

pub fn run(effort: Effort, findings: &mut Findings) {
    bench::limit(None);
    for maker in &ALL {
        consistent(findings, maker);
    }
    let keys = texts(if effort.quick { 1 << 18 } else { 1 << 20 });
    for n in SIZES {
        if effort.quick && n == 10_000 {
            continue;
        }
        rings(effort, findings, n, &keys);
        others(effort, findings, n, &keys);
    }
}

/// What every peer that moves few keys has to show: with one server more, keys
/// move to it and hardly between the others.
fn consistent(findings: &mut Findings, maker: &Maker) {
    let keys = texts(20_000);
    let before = (maker.make)(&servers(100));
    let after = (maker.make)(&servers(101));
    let (mut moved, mut needless) = (0, 0);
    for key in &keys {
        let (was, is) = ((before.resolve)(key), (after.resolve)(key));
        moved += u32::from(was != is);
        needless += u32::from(was != is && is != 100);
    }
    let share = |count: u32| f64::from(count) / keys.len() as f64 * 100.0;
    let what = format!(
        "100 servers and one more: {:.2} % of keys move, {:.2} % between old servers",
        share(moved),
        share(needless)
    );
    findings.check(before.name, what, moved > 0 && share(moved) < 3.0);
}

fn rings(effort: Effort, findings: &mut Findings, n: usize, keys: &[&'static str]) {
    let servers = servers(n);
    let (ours, bytes) = held(|| continuum("ring-1", &servers));
    let memory = |findings: &mut Findings, engine: &str, bytes: isize, ours: bool| {
        let bytes = bytes as f64 / n as f64;
        findings.memory.push(Memory { engine: engine.to_owned(), n: n as u64, bytes, ours });
    };
    memory(findings, "ring-1", bytes, true);
    let mut peers = Vec::new();
    for maker in ALL.iter().filter(|maker| maker.ring && n <= maker.most) {
        let (peer, bytes) = held(|| (maker.make)(&servers));
        memory(findings, peer.name, bytes, false);
        peers.push(peer);
    }
    let mut out = vec![0; 1 << 20];
    let mut entrants = vec![
        Entrant::each(|key| owner(&ours, key)),
        Entrant::batch(|keys: &[&str]| {
            ours.resolve_all(keys, &mut out[..keys.len()]);
        }),
    ];
    entrants.extend(peers.iter().map(|peer| peer.entrant()));
    let times = race(effort, keys, &mut entrants);
    for (peer, time) in peers.iter().zip(&times[2..]) {
        findings.row(Row {
            class: "Text keys, one at a time: rings",
            ours: "ring-1 (XXH3)".to_owned(),
            peer: Some(peer.name.to_owned()),
            n: n as u64,
            unit: "ns",
            ours_time: times[0],
            peer_time: Some(*time),
            target: Some(Target::TimesFaster(1.0)),
        });
    }
    findings.row(Row {
        class: "Text keys, one at a time: rings",
        ours: "ring-1 (XXH3), batch".to_owned(),
        peer: None,
        n: n as u64,
        unit: "ns",
        ours_time: times[1],
        peer_time: None,
        target: None,
    });
}

fn others(effort: Effort, findings: &mut Findings, n: usize, keys: &[&'static str]) {
    let servers = servers(n);
    let ours: Vec<_> = OTHERS
        .iter()
        .filter(|(_, sizes)| sizes.contains(&n))
        .map(|(scheme, _)| (*scheme, continuum(scheme, &servers)))
        .collect();
    let makers = ALL.iter().filter(|maker| !maker.ring && n <= maker.most);
    let peers: Vec<_> = makers.map(|maker| (maker.make)(&servers)).collect();
    let mut entrants: Vec<_> =
        ours.iter().map(|(_, ours)| Entrant::each(|key| owner(ours, key))).collect();
    entrants.extend(peers.iter().map(|peer| peer.entrant()));
    let times = race(effort, keys, &mut entrants);
    for (peer, time) in peers.iter().zip(&times[ours.len()..]) {
        let wanted = if peer.name.starts_with("hrw") { "rendezvous" } else { "slots" };
        let Some(at) = ours.iter().position(|(scheme, _)| scheme.starts_with(wanted)) else {
            continue;
        };
        findings.row(Row {
            class: "Text keys, one at a time: others",
            ours: ours[at].0.to_owned(),
            peer: Some(peer.name.to_owned()),
            n: n as u64,
            unit: "ns",
            ours_time: times[at],
            peer_time: Some(*time),
            target: Some(Target::TimesFaster(1.0)),
        });
    }
}
