//! Every scheme, over sets that pingora may hand over.

use std::collections::BTreeSet;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr as UnixAddress;
use std::sync::Arc;

use continuum::Scheme;
use continuum_pingora::{Name, Selection};
use pingora_core::protocols::l4::socket::SocketAddr;
use pingora_load_balancing::Backend;
use pingora_load_balancing::selection::BackendSelection;

use crate::support::{Draw, config, given, inet, selection, three, unix};

fn random(draw: &mut Draw) -> BTreeSet<Backend> {
    let weight = |draw: &mut Draw| match draw.below(12) {
        0..3 => 0,
        3 => usize::MAX,
        4 => 1 << 32,
        _ => draw.index(9),
    };
    (0..draw.below(9))
        .map(|number| match draw.below(6) {
            0 => unix(&format!("/run/{number}.sock"), weight(draw)),
            1 => inet("10.0.0.1:80", weight(draw)),
            _ => inet(&draw.inet(), weight(draw)),
        })
        .collect()
}

#[test]
fn every_scheme_offers_each_backend_once_and_none_of_weight_0() {
    let mut offered = 0;
    for entry in Scheme::catalogue() {
        let mut draw = Draw(5);
        for _ in 0..5 {
            let backends = random(&mut draw);
            let scheme = entry.name();
            let selection = selection(scheme, &backends);
            let Some(continuum) = selection.continuum() else {
                let refusals = selection.refusals();
                assert!(refusals.iter().any(|refusal| refusal.address().is_none()), "{scheme}");
                assert!(given(selection.iter(b"key"), 1).is_empty());
                continue;
            };
            for _ in 0..10 {
                let key = draw.key();
                let found = given(selection.iter(&key), 100);
                let distinct: BTreeSet<&Backend> = found.iter().collect();
                assert_eq!(distinct.len(), found.len(), "{scheme}: a backend came twice");
                assert!(found.iter().all(|backend| backend.weight > 0), "{scheme}");
                assert!(found.iter().all(|backend| backends.contains(backend)), "{scheme}");
                let expected: Vec<_> = continuum
                    .candidates(&key)
                    .filter(|server| server.capacity().get() > 0.0)
                    .map(|server| server.address().replace(['[', ']'], ""))
                    .collect();
                let addresses: Vec<_> = found
                    .iter()
                    .map(|backend| backend.addr.to_string().replace(['[', ']'], ""))
                    .collect();
                assert_eq!(addresses, expected, "{scheme}");
                offered += found.len();
            }
        }
    }
    assert!(offered > 2_500, "{offered}");
}

#[test]
fn all_backends_of_a_set_that_is_placed_whole_are_offered() {
    let mut backends = three();
    backends.insert(unix("/run/a.sock", 2));
    backends.insert(inet("[fd00::1]:80", 3));
    for scheme in ["slots-1", "rendezvous-1", "ring-1", "jump", "envoy-maglev", "uhashring"] {
        let selection = selection(scheme, &backends);
        assert!(selection.refusals().is_empty(), "{scheme}");
        let mut draw = Draw(6);
        let mut first = BTreeSet::new();
        for _ in 0..500 {
            let found = given(selection.iter(&draw.key()), 100);
            assert_eq!(found.len(), 5, "{scheme}");
            first.insert(found[0].clone());
        }
        assert_eq!(first, backends, "{scheme}: each owns keys, the Unix socket too");
    }
}

#[test]
fn hundreds_of_candidates_come_once_each() {
    let mut draw = Draw(7);
    let backends: BTreeSet<Backend> = (0..700).map(|_| inet(&draw.inet(), 1)).collect();
    let selection = selection("nginx", &backends);
    let found = given(selection.iter(b"key"), 10_000);
    assert_eq!(found.len(), backends.len());
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), backends);
}

#[test]
fn weights_are_capacities() {
    let backends =
        BTreeSet::from([inet("10.0.0.1:80", 1), inet("10.0.0.2:80", 3), inet("10.0.0.3:80", 0)]);
    let selection = selection("slots-1", &backends);
    let mut draw = Draw(8);
    let heavy = (0..8_000).filter(|_| given(selection.iter(&draw.key()), 1)[0].weight == 3).count();
    assert!((5_700..6_300).contains(&heavy), "{heavy} of 8000");
}

#[test]
fn a_name_is_the_identity() {
    let named = |address: &str| {
        let mut backend = inet(address, 1);
        backend
            .ext
            .insert(Name::new(format!("cache-{}", &address[address.len() - 4..address.len() - 3])));
        backend
    };
    let before: BTreeSet<Backend> = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"].map(named).into();
    let after: BTreeSet<Backend> = ["10.9.9.1:80", "10.9.9.2:80", "10.9.9.3:80"].map(named).into();
    let (before, after) = (selection("slots-1", &before), selection("slots-1", &after));
    let mut draw = Draw(9);
    for _ in 0..1_000 {
        let key = draw.key();
        let (old, new) = (given(before.iter(&key), 1), given(after.iter(&key), 1));
        assert_eq!(old[0].addr.to_string().replace("10.0.0", "10.9.9"), new[0].addr.to_string());
    }
    let mut twice = three();
    twice = twice
        .into_iter()
        .map(|mut backend| {
            backend.ext.insert(Name::new("same"));
            backend
        })
        .collect();
    let selection = selection("slots-1", &twice);
    assert_eq!(selection.refusals().len(), 2);
    assert_eq!(
        selection.refusals()[0].to_string(),
        "backend '10.0.0.2:80' is left out: 'same' is the name of '10.0.0.1:80' already"
    );
}

#[test]
fn refusals_name_the_backend_and_the_rest_is_placed() {
    let nowhere = Backend {
        addr: SocketAddr::Unix(UnixAddress::from_abstract_name("x").unwrap()),
        weight: 1,
        ext: http::Extensions::new(),
    };
    for (scheme, backend, says) in [
        ("slots-1", nowhere, "a Unix socket without a path"),
        ("slots-1", inet("10.0.0.9:80", 1 << 32), "its weight, 4294967296, is above 4294967295"),
        ("pingora-ketama", unix("/run/a.sock", 1), "'/run/a.sock' is left out: "),
    ] {
        let mut backends = three();
        backends.insert(backend);
        let refused = Selection::check(&backends, &scheme.parse().unwrap()).unwrap_err();
        assert!(refused.to_string().contains(says), "{refused}");
        let selection = selection(scheme, &backends);
        assert_eq!(selection.refusals(), [refused]);
        assert_eq!(given(selection.iter(b"key"), 9).len(), 3);
    }
    assert!(Selection::check(&three(), &"slots-1".parse().unwrap()).is_ok());
}

#[test]
fn a_set_that_is_refused_as_a_whole_leaves_the_map_as_it_was() {
    let config = config("nginx");
    let before = Arc::new(Selection::build_with_config(&three(), &config));
    let fingerprint = config.fingerprint();
    let huge: BTreeSet<Backend> =
        (0..200).map(|n| inet(&format!("10.1.0.{n}:80"), 600_000)).collect();
    assert!(Selection::check(&huge, config.scheme()).is_err());
    let after = Arc::new(Selection::build_with_config(&huge, &config));
    assert_eq!(config.fingerprint(), fingerprint);
    assert!(config.pool().last_refusal().is_some());
    for key in ["a", "b", "c"] {
        let (before, after) = (before.iter(key.as_bytes()), after.iter(key.as_bytes()));
        assert_eq!(given(before, 9), given(after, 9));
    }
}

#[test]
fn without_a_configuration_the_scheme_is_slots_1() {
    let plain = Arc::new(Selection::build(&three()));
    let named = selection("slots-1", &three());
    assert_eq!(plain.continuum().unwrap().fingerprint(), named.continuum().unwrap().fingerprint());
}
