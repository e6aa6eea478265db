//! `pingora-ketama` beside pingora's own `Consistent`, which is called.

use std::collections::BTreeSet;
use std::sync::Arc;

use pingora_load_balancing::Backend;
use pingora_load_balancing::selection::consistent::KetamaConfig;
use pingora_load_balancing::selection::{BackendSelection, Consistent};

use crate::support::{Draw, distinct, given, inet, selection, unix};

/// Sets and keys; the number of answers that were compared.
fn compare(seed: u64, sets: u64, most: u64, scheme: &str, points: Option<u32>) -> u64 {
    let mut draw = Draw(seed);
    let mut compared = 0;
    for set in 0..sets {
        let backends: BTreeSet<Backend> = (0..draw.below(most + 1))
            .map(|number| match draw.below(8) {
                // Pingora leaves Unix sockets out of its ring.
                0 => unix(&format!("/run/{number}.sock"), 1 + draw.index(5)),
                _ => inet(&draw.inet(), 1 + draw.index(5)),
            })
            .collect();
        let theirs = KetamaConfig { point_multiple: points };
        let theirs = Arc::new(Consistent::build_with_config(&backends, &theirs));
        let ours = selection(scheme, &backends);
        let sockets = backends.iter().filter(|backend| backend.as_unix().is_some()).count();
        let placed = backends.len() - sockets;
        assert_eq!(ours.refusals().len(), sockets);
        for number in 0..200 {
            let key = draw.key();
            // The walk to the last backend is long: not for every key.
            let depth = if number % 20 == 0 { placed } else { 2.min(placed) };
            let expected = distinct(theirs.iter(&key), depth);
            let found = given(ours.iter(&key), depth);
            assert_eq!(found, expected, "seed {seed}, set {set}, key {key:?}");
            compared += found.len() as u64;
        }
    }
    compared
}

#[test]
fn version_1() {
    // Sets so small that no two points share a position, where pingora's own order is
    // unspecified.
    let compared = compare(1, 150, 12, "pingora-ketama", None);
    assert!(compared > 50_000, "{compared}");
}

#[test]
fn version_2_at_every_point() {
    let compared = compare(2, 30, 60, "pingora-ketama:version=2", Some(160));
    assert!(compared > 12_000, "{compared}");
    let compared = compare(3, 60, 12, "pingora-ketama:version=2,points=7", Some(7));
    assert!(compared > 20_000, "{compared}");
}

#[test]
fn an_address_that_stands_there_with_two_weights() {
    let backends =
        BTreeSet::from([inet("10.0.0.1:80", 1), inet("10.0.0.1:80", 4), inet("10.0.0.2:80", 2)]);
    let theirs = Arc::new(Consistent::build(&backends));
    let ours = selection("pingora-ketama", &backends);
    let mut draw = Draw(4);
    for _ in 0..2_000 {
        let key = draw.key();
        assert_eq!(given(ours.iter(&key), 9), distinct(theirs.iter(&key), 2));
    }
}

#[test]
fn the_empty_set() {
    let theirs = Arc::new(Consistent::build(&BTreeSet::new()));
    assert!(given(theirs.iter(b"key"), 1).is_empty());
    assert!(given(selection("pingora-ketama", &BTreeSet::new()).iter(b"key"), 1).is_empty());
}
