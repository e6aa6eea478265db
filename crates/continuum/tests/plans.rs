//! A plan says exactly what brute force finds.

use std::collections::BTreeMap;

use continuum::ownership::Basis;
use continuum::plan::{Matching, Moves};
use continuum::{Capacity, Continuum, Plan, Scheme, Server, Servers};

use crate::fixtures::{Random, build, capacity, keys, planned, schemes, server, servers};

fn change(scheme: &Scheme, set: &Servers, kind: u64) -> Servers {
    let mut changed = set.clone();
    match kind {
        0 => changed.add(server(scheme, 40).with_capacity(capacity(scheme, 1))).unwrap(),
        1 => drop(changed.remove("10.0.0.3:11311").unwrap()),
        _ => {
            let half = Capacity::try_from(0.5).unwrap();
            let other = match scheme.capacities() {
                continuum::scheme::Capacities::UpTo(1) => half,
                continuum::scheme::Capacities::Whole(1) => Capacity::ZERO,
                _ => Capacity::from(3),
            };
            changed.set_capacity("10.0.0.3:11311", other).unwrap();
        }
    }
    changed
}

fn identity(side: Option<&Server>) -> Option<String> {
    side.map(|server| server.identity().into_owned())
}

fn named(plan: &Plan, number: Option<u32>) -> Option<String> {
    plan.identity(number).map(str::to_owned)
}

/// Over given keys the flows are counts: equal to counting one by one.
#[test]
fn flows_over_keys_equal_brute_force() {
    let keys = keys(3000);
    for scheme in schemes() {
        for kind in 0..3 {
            let set = servers(&scheme, 9, true);
            let (old, new) = (build(&scheme, &set), build(&scheme, &change(&scheme, &set, kind)));
            let mut flows: BTreeMap<(Option<String>, Option<String>), u64> = BTreeMap::new();
            for key in &keys {
                let pair = (identity(old.resolve(key)), identity(new.resolve(key)));
                if pair.0 != pair.1 {
                    *flows.entry(pair).or_default() += 1;
                }
            }
            let plan = Plan::over_keys(
                &old,
                &new,
                keys.iter().map(|key| (key, Some(10))),
                Matching::Identity,
            );
            let counts = plan.counts().unwrap();
            assert_eq!(counts.keys, 3000);
            assert_eq!(counts.moved_keys, flows.values().sum::<u64>(), "{scheme}");
            assert_eq!(counts.moved_bytes, Some(10 * counts.moved_keys));
            assert_eq!(plan.flows().len(), flows.len(), "{scheme}");
            for flow in plan.flows() {
                let counted = flows[&(named(&plan, flow.from), named(&plan, flow.to))];
                #[expect(clippy::cast_precision_loss, reason = "counts of keys")]
                let share = counted as f64 / 3000.0;
                assert!((flow.share - share).abs() < 1e-12, "{scheme}");
            }
        }
    }
}

/// Exact plans: every position of a moved range or slot moves as told, and a
/// position outside of all does not move.
#[test]
fn exact_moves_hold_position_by_position() {
    let mut random = Random(2010);
    let mut exact = 0;
    for scheme in planned() {
        for kind in 0..3 {
            let set = servers(&scheme, 9, true);
            let (old, new) = (build(&scheme, &set), build(&scheme, &change(&scheme, &set, kind)));
            if kind > 0 && Plan::exactly(&old, &new).is_none() {
                continue;
            }
            let plan = Plan::between(&old, &new, Matching::Identity);
            let sum: f64 = plan.flows().iter().map(|flow| flow.share).sum();
            assert!((plan.moved() - sum).abs() < 1e-12);
            assert!(plan.needless() <= plan.moved() + 1e-12);
            assert_eq!(plan.is_exact(), plan.basis() == Basis::Exact);
            for side in [
                |s: &continuum::plan::ServerChange| s.before,
                |s: &continuum::plan::ServerChange| s.after,
            ] {
                let shares: f64 = plan.servers().iter().filter_map(side).map(|p| p.share).sum();
                assert!((shares - 1.0).abs() < 1e-9, "{scheme}: shares sum to {shares}");
            }
            let at = |continuum: &Continuum, position: u128| {
                let owner = continuum.resolve_position(position);
                identity(owner.and_then(|owner| continuum.servers().get(owner)))
            };
            let mut check = |position: u128, from: Option<String>, to: Option<String>| {
                assert_eq!(at(&old, position), from, "{scheme}: position {position} before");
                assert_eq!(at(&new, position), to, "{scheme}: position {position} after");
                exact += 1;
            };
            match plan.moves() {
                Moves::Unknown => assert!(!plan.is_exact(), "{scheme}"),
                Moves::Ranges(ranges) => {
                    for range in ranges.iter().take(300) {
                        let inside = range.first
                            + u128::from(random.next()) % (range.last - range.first + 1);
                        for position in [range.first, inside, range.last] {
                            check(position, named(&plan, range.from), named(&plan, range.to));
                        }
                    }
                    for pair in ranges.windows(2).take(300) {
                        if pair[0].last + 1 < pair[1].first {
                            let between = pair[0].last + 1;
                            assert_eq!(at(&old, between), at(&new, between), "{scheme}");
                        }
                    }
                }
                Moves::Slots { of, moved } => {
                    for slot in moved.iter().take(300) {
                        for position in [slot.slot, slot.slot + of] {
                            if position < 1 << 14 {
                                check(
                                    position.into(),
                                    named(&plan, slot.from),
                                    named(&plan, slot.to),
                                );
                            }
                        }
                    }
                }
            }
        }
    }
    println!("{exact} positions of exact plans checked");
    assert!(exact > 1000);
}

#[test]
fn nothing_moves_between_equals_and_all_between_strangers() {
    for scheme in planned() {
        let set = servers(&scheme, 5, true);
        let continuum = build(&scheme, &set);
        let same = Plan::between(&continuum, &continuum.clone(), Matching::Identity);
        // Not -0, which people would see printed.
        for share in [same.moved(), same.least(), same.needless()] {
            assert!(share.is_sign_positive(), "{scheme}: {share}");
        }
        assert_eq!((same.moved(), same.least(), same.needless()), (0.0, 0.0, 0.0), "{scheme}");
        let mut others = Servers::new();
        for number in 100..105 {
            others.add(server(&scheme, number)).unwrap();
        }
        let all = Plan::between(&continuum, &build(&scheme, &others), Matching::Identity);
        assert!((all.moved() - 1.0).abs() < 1e-9, "{scheme}: {}", all.moved());
        assert!((all.least() - 1.0).abs() < 1e-9 && all.needless() == 0.0, "{scheme}");
    }
}

/// Two schemes that hash keys alike are compared exactly, a ring beside a table
/// and one program beside another included; counting keys confirms it.
#[test]
fn schemes_that_hash_alike_are_compared_exactly() {
    const KEYS: u32 = 200_000;
    let keys: Vec<String> = (0..KEYS).map(|number| format!("session:{number:x}")).collect();
    for (one, other) in [
        ("twemproxy:hash=md5", "twemproxy:hash=md5,distribution=modula"),
        ("twemproxy:hash=md5", "libmemcached:distribution=ketama-weighted,hash=md5"),
        ("libmemcached:hash=md5", "libketama"),
        (
            "haproxy:function=crc32,avalanche=on",
            "haproxy:method=map-based,function=crc32,avalanche=on",
        ),
        ("libketama", "hash-ring"),
    ] {
        let texts: Vec<String> = (1..8).map(|n| format!("10.0.0.{n}:11311")).collect();
        let mut set = Servers::new();
        for (id, text) in (1..).zip(&texts) {
            set.add(text.parse::<Server>().unwrap().with_id(id)).unwrap();
        }
        let build =
            |scheme: &str| Continuum::with_servers(scheme.parse().unwrap(), set.clone()).unwrap();
        for (old, new) in [(build(one), build(other)), (build(other), build(one))] {
            let plan = Plan::between(&old, &new, Matching::Identity);
            assert!(plan.is_exact(), "{one} and {other}");
            assert_eq!(Plan::exactly(&old, &new).as_ref(), Some(&plan));
            let counted =
                Plan::over_keys(&old, &new, keys.iter().map(|key| (key, None)), Matching::Identity);
            let share = |plan: &Plan, ends: (Option<u32>, Option<u32>)| {
                let flow = plan.flows().iter().find(|flow| (flow.from, flow.to) == ends);
                flow.map_or(0.0, |flow| flow.share)
            };
            for ends in plan.flows().iter().chain(counted.flows()).map(|flow| (flow.from, flow.to))
            {
                let (whole, of_keys) = (share(&plan, ends), share(&counted, ends));
                let error = 6.0 * (whole * (1.0 - whole) / f64::from(KEYS)).sqrt() + 1e-5;
                assert!((whole - of_keys).abs() < error, "{one}, {other}: {whole} {of_keys}");
            }
        }
    }
}
