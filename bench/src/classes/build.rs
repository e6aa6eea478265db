//! Building a map, and changing one.

use std::cell::RefCell;
use std::hint::black_box;

use crate::keys::servers;
use crate::ours::{continuum, server, set};
use crate::peers::strings::{ALL, KETAMA, PINGORA};
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, repeat};
use continuum::Continuum;

const CLASS: &str = "Build and change";

pub fn run(effort: Effort, findings: &mut Findings) {
    let repeats = if effort.quick { 3 } else { 15 };
    let sizes: &[usize] = if effort.quick { &[1000] } else { &[8, 100, 1000, 10_000] };
    for &n in sizes {
        build(repeats, findings, n);
    }
    change(repeats, findings, if effort.quick { 1000 } else { 10_000 });
}

fn build(repeats: usize, findings: &mut Findings, n: usize) {
    let names = servers(n);
    // Texts are parsed and addresses made outside of what is timed, ours and
    // theirs: `with_servers` takes a set.
    let ready = set(&names);
    let ours = |scheme: &'static str| {
        let ready = &ready;
        move || {
            let scheme = scheme.parse().expect("a scheme");
            black_box(Continuum::with_servers(scheme, ready.clone()).expect("a continuum"));
        }
    };
    let mut jobs: Vec<Box<dyn FnMut() + '_>> =
        vec![Box::new(ours("ring-1")), Box::new(ours("nginx")), Box::new(ours("libketama"))];
    let buckets: Vec<_> = names
        .iter()
        .map(|name| pingora_ketama::Bucket::new(name.parse().expect("an address"), 1))
        .collect();
    jobs.push(Box::new(move || {
        black_box(pingora_ketama::Continuum::new(&buckets));
    }));
    jobs.push(Box::new(|| {
        black_box(ketama::Ring::build(&names));
    }));
    let mut peers = vec![(PINGORA.to_owned(), 1, 2.0), (KETAMA.to_owned(), 2, 2.0)];
    for maker in ALL.iter().filter(|maker| maker.ring && n <= maker.most) {
        let name = (maker.make)(&names[..1]).name;
        if [PINGORA, KETAMA].contains(&name) || name.starts_with("consistent_hash_ring") && n > 100
        {
            continue;
        }
        let names = &names;
        jobs.push(Box::new(move || {
            black_box((maker.make)(names).resolve.as_ref()("key"));
        }));
        peers.push((name.to_owned(), 0, 1.0));
    }
    // A small build takes microseconds: of a few, one lucky one would decide.
    let repeats = match n {
        0..=100 => repeats * 100 / n,
        101..=1000 => repeats,
        _ => repeats.min(3),
    };
    let times = repeat(repeats, &mut jobs);
    let schemes = ["ring-1", "nginx", "libketama"];
    for ((peer, ours, least), time) in peers.into_iter().zip(&times[schemes.len()..]) {
        // The target is for 1,000 servers of 160 points.
        let least = if n == 1000 { least } else { 1.0 };
        findings.row(Row {
            class: CLASS,
            ours: format!("{}, build", schemes[ours]),
            peer: Some(peer),
            n: n as u64,
            unit: "ms",
            ours_time: times[ours],
            peer_time: Some(*time),
            target: Some(Target::TimesFaster(least)),
        });
    }
}

/// Adds one server more and takes servers out, in place and while a clone is alive,
/// beside a build of all.
fn change(repeats: usize, findings: &mut Findings, n: usize) {
    let names = servers(n + 1);
    let (last, first) = names.split_last().expect("servers");
    for scheme in ["ring-1", "nginx", "libketama"] {
        let before = continuum(scheme, first);
        let built = continuum(scheme, &names);
        let added = RefCell::new(before.clone());
        added.borrow_mut().add_server(server(last)).expect("one more server");
        let same = crate::keys::texts(50_000)
            .iter()
            .all(|key| added.borrow().resolve_index(key) == built.resolve_index(key));
        findings.check("ours", format!("{scheme}, {n} servers and one more: added as built"), same);
        let ready = set(&names);
        let one = server(last);
        // Nobody else has these: they are changed where they are. Each gets back what it
        // was.
        let sole = RefCell::new(continuum(scheme, first));
        let turning = RefCell::new(continuum(scheme, first));
        let taken = RefCell::new(None);
        let times = repeat(
            repeats,
            &mut [
                Box::new(|| {
                    let scheme = scheme.parse().expect("a scheme");
                    black_box(Continuum::with_servers(scheme, ready.clone()).expect("built"));
                }),
                Box::new(|| sole.borrow_mut().add_server(one.clone()).expect("added")),
                Box::new(|| drop(sole.borrow_mut().remove_server(last).expect("removed"))),
                Box::new(|| {
                    let mut continuum = turning.borrow_mut();
                    let middle = continuum.servers().as_slice()[n / 2].identity().into_owned();
                    let server = continuum.remove_server(&middle).expect("removed");
                    taken.replace(Some(server));
                }),
                Box::new(|| {
                    let server = taken.take().expect("the one taken out");
                    turning.borrow_mut().add_server(server).expect("added again");
                }),
                // A clone is alive: a change is a copy as well, and that is dropped.
                Box::new(|| {
                    let mut continuum = before.clone();
                    continuum.add_server(one.clone()).expect("added");
                    black_box(continuum);
                }),
                Box::new(|| {
                    let mut continuum = built.clone();
                    continuum.remove_server(last).expect("removed");
                    black_box(continuum);
                }),
            ],
        );
        // At most 5 % of a build. A copy is as large as the ring.
        let few = Some(Target::TimesFaster(20.0));
        for (way, time, target) in [
            ("add one", times[1], few),
            ("remove the last", times[2], few),
            ("remove from the middle", times[3], few),
            ("add, a clone alive", times[5], None),
            ("remove, a clone alive", times[6], None),
        ] {
            findings.row(Row {
                class: CLASS,
                ours: format!("{scheme}, {way}"),
                peer: Some("ours, built anew".to_owned()),
                n: n as u64,
                unit: "ms",
                ours_time: time,
                peer_time: Some(times[0]),
                target,
            });
        }
    }
}
