//! Transitions: reads find every key wherever it is, for as long as it moves.

use std::sync::OnceLock;

use continuum::ownership::Basis;
use continuum::plan::Moves;
use continuum::transition::Transition;
use continuum::{Continuum, Scheme, Server, Servers};

use crate::fixtures::{Random, build, keys, planned, server, servers};

fn changed(scheme: &Scheme) -> (Continuum, Continuum) {
    let old = servers(scheme, 9, true);
    let mut new = old.clone();
    new.add(server(scheme, 40)).unwrap();
    new.remove("10.0.0.3:11311").unwrap();
    (build(scheme, &old), build(scheme, &new))
}

/// One change of each scheme.
fn changes() -> &'static [Transition] {
    static CHANGES: OnceLock<Vec<Transition>> = OnceLock::new();
    CHANGES.get_or_init(|| {
        let change = |scheme: &Scheme| {
            let (old, new) = changed(scheme);
            Transition::between(&old, &new)
        };
        planned().iter().map(change).collect()
    })
}

fn identity(server: Option<&Server>) -> Option<String> {
    server.map(|server| server.identity().into_owned())
}

fn order(change: &Transition, key: &str) -> Vec<String> {
    change.read_order(key).map(|server| server.identity().into_owned()).collect()
}

#[test]
fn new_then_old_for_keys_that_move_and_only_for_them() {
    for change in changes() {
        let (old, new) = (change.old_continuum(), change.new_continuum());
        let scheme = new.scheme();
        assert_eq!(change.fingerprints(), (old.fingerprint(), new.fingerprint()));
        for key in keys(400) {
            let (before, after) = (identity(old.resolve(&key)), identity(new.resolve(&key)));
            let moves = before != after;
            assert_eq!(identity(change.write(&key)), after, "{scheme}");
            assert_eq!(
                identity(change.old_owner(&key)),
                before.clone().filter(|_| moves),
                "{scheme}"
            );
            let wanted: Vec<String> = after.into_iter().chain(before.filter(|_| moves)).collect();
            assert_eq!(order(change, &key), wanted, "{scheme}: {key}");
        }
    }
}

/// One scheme puts a key at one position, whatever the servers: what ranges
/// count on.
#[test]
fn positions_do_not_depend_on_servers() {
    for change in changes() {
        let (old, new) = (change.old_continuum(), change.new_continuum());
        let scheme = new.scheme();
        for key in keys(300) {
            assert_eq!(old.position(&key), new.position(&key), "{scheme}: {key}");
        }
    }
}

/// What moves is marked piece by piece: keys of a piece, and no others, lose
/// their old owner; what is left falls to nothing.
#[test]
fn progress_by_what_the_plan_lists() {
    let mut kinds = [0; 3];
    for change in changes() {
        let mut change = change.clone();
        let (old, new) = (change.old_continuum().clone(), change.new_continuum().clone());
        let scheme = new.scheme();
        let start = change.progress();
        assert!((start.left - start.moving).abs() < 0.01, "{scheme}: {start:?}");
        if keys(300).iter().all(|key| change.old_owner(key).is_none()) {
            // A hash of 15 bits over a ring of 32: one server owns every key.
            assert!(start.moving == 0.0, "{scheme}");
            continue;
        }
        assert!(start.moving > 0.0 && !change.is_finished(), "{scheme}");
        let mut pieces: Vec<(u128, u128)> = match change.plan().moves() {
            Moves::Ranges(ranges) => ranges.iter().map(|r| (r.first, r.last)).collect(),
            Moves::Slots { moved, .. } => {
                moved.iter().map(|slot| (slot.slot.into(), slot.slot.into())).collect()
            }
            Moves::Unknown => vec![(0, 1 << 62), (1 << 62 | 1, u128::MAX)],
        };
        let kind = match change.plan().moves() {
            Moves::Ranges(_) => 0,
            Moves::Slots { .. } => 1,
            Moves::Unknown => 2,
        };
        if kind == 2 && new.position("").is_none() {
            let error = change.finish(0..=1).unwrap_err();
            assert!(error.is_invalid_argument(), "{error}");
            change.finish_all();
            assert!(change.is_finished() && change.progress().left == 0.0);
            assert!(keys(100).iter().all(|key| change.old_owner(key).is_none()));
            continue;
        }
        kinds[kind] += 1;
        assert_eq!(kind != 2, matches!(start.basis, Basis::Exact), "{scheme}");
        // In any order.
        let mut random = Random(3);
        for at in (1..pieces.len()).rev() {
            pieces.swap(at, random.index(at + 1));
        }
        let unit = |key: &str| {
            let position = new.position(key).unwrap();
            match change.plan().moves() {
                Moves::Slots { of, .. } => position % u128::from(*of),
                _ => position,
            }
        };
        let units: Vec<(String, u128)> =
            keys(300).into_iter().map(|key| (unit(&key), key)).map(|(u, k)| (k, u)).collect();
        let half = pieces.len().div_ceil(2);
        let mut left = start.left;
        for (number, (first, last)) in pieces.iter().enumerate() {
            change.finish(*first..=*last).unwrap();
            if number % 64 == 0 || number + 1 == half {
                let now = change.progress().left;
                assert!(now <= left + 1e-12, "{scheme}");
                left = now;
            }
            if number + 1 == half {
                for (key, unit) in &units {
                    let done = pieces[..half].iter().any(|(a, b)| a <= unit && unit <= b);
                    let moves = identity(old.resolve(key)) != identity(new.resolve(key));
                    assert_eq!(
                        change.old_owner(key).is_some(),
                        moves && !done && old.resolve(key).is_some(),
                        "{scheme}: {key}"
                    );
                }
            }
        }
        assert!(change.progress().left.abs() < 1e-12, "{scheme}: {:?}", change.progress());
        assert!(keys(300).iter().all(|key| change.old_owner(key).is_none()), "{scheme}");
        if kind < 2 {
            assert!(change.is_finished(), "{scheme}");
        }
    }
    println!("ranges, slots, positions: {kinds:?}");
    assert!(kinds.iter().all(|kind| *kind > 3));
}

#[test]
fn from_one_scheme_to_another() {
    let set = servers(&Scheme::default(), 5, false);
    let old = build(&"rendezvous-1".parse().unwrap(), &set);
    let new = build(&"python-continuum".parse().unwrap(), &set);
    let mut change = Transition::between(&old, &new);
    assert!((change.progress().moving - 0.8).abs() < 0.02);
    let error = change.finish(0..=0).unwrap_err();
    assert!(error.to_string().contains("no positions in common"), "{error}");
    let moved = keys(1000).iter().filter(|key| change.read_order(key).count() == 2).count();
    assert!((750..850).contains(&moved), "{moved}");
    // Two of our own with one key hash and a map each: ranges.
    let ring = build(&"ring-1".parse().unwrap(), &set);
    let slots = build(&"slots-1".parse().unwrap(), &set);
    let mut change = Transition::between(&ring, &slots);
    assert!(matches!(change.plan().moves(), Moves::Ranges(_)));
    change.finish(0..=u128::MAX).unwrap();
    assert!(change.is_finished() && change.progress().left == 0.0);
}

#[test]
fn nothing_moves_and_everything_moves() {
    let set = servers(&Scheme::default(), 5, false);
    let scheme: Scheme = "slots-1".parse().unwrap();
    let same = build(&scheme, &set);
    let change = Transition::between(&same, &same);
    assert!(change.is_finished());
    assert!(change.progress().moving == 0.0 && change.progress().left == 0.0);
    let nobody = build(&scheme, &Servers::new());
    let change = Transition::between(&nobody, &same);
    assert!(change.progress().moving == 1.0);
    assert_eq!(change.read_order("key").count(), 1, "nobody had it");
    let change = Transition::between(&same, &nobody);
    assert_eq!(change.write("key"), None);
    assert_eq!(change.read_order("key").next(), same.resolve("key"));
}

/// No step moves more than its part of the whole, where nothing moves
/// needlessly.
#[test]
fn steps_move_no_more_than_their_part() {
    for text in ["rendezvous-1", "slots-1:slack=off", "slots-1", "ring-1:points=1000"] {
        let scheme: Scheme = text.parse().unwrap();
        let old = servers(&scheme, 9, true);
        let mut add = old.clone();
        add.add(server(&scheme, 40).with_capacity(2)).unwrap();
        let mut remove = old.clone();
        remove.remove("10.0.0.3:11311").unwrap();
        let mut raise = old.clone();
        raise.set_capacity("10.0.0.3:11311", 9).unwrap();
        let mut all = remove.clone();
        all.add(server(&scheme, 40)).unwrap();
        all.set_capacity("10.0.0.1:11311", 3).unwrap();
        for (name, new) in [("add", add), ("remove", remove), ("raise", raise), ("all", all)] {
            // Rendezvous has no map: each step is a sample of a million keys.
            for count in if text == "rendezvous-1" { &[4_u32][..] } else { &[4, 10] } {
                let count = *count;
                let whole = Transition::between(&build(&scheme, &old), &build(&scheme, &new));
                // Several changes at once move more than the least under any hash:
                // keys of who goes are dealt to all, not only to who comes.
                let plan = whole.plan();
                let must = if name == "all" { plan.moved() } else { plan.least() };
                let least = must / f64::from(count);
                let steps = whole.steps(std::num::NonZero::new(count).unwrap()).unwrap();
                assert_eq!(steps.len(), count as usize);
                let most = steps.iter().map(|step| step.progress().moving).fold(0.0, f64::max);
                println!("{text}, {name} in {count}: at most {:.3} of a step's part", most / least);
                // Slots, points and samples are dealt by chance: what hangs on
                // chance is the square root of what moves.
                assert!(most < least * 1.05 + 0.006, "{text} {name} {count}: {most} of {least}");
                assert_eq!(steps.last().unwrap().new_continuum(), whole.new_continuum());
                for pair in steps.windows(2) {
                    assert_eq!(pair[0].new_continuum(), pair[1].old_continuum());
                }
            }
        }
    }
}
