//! Explanations tell what look-ups do, for every scheme.

use std::collections::BTreeMap;

use continuum::explain::{Hit, Score};
use continuum::{Continuum, Scheme, Server, Servers};

use crate::fixtures::{build, keys, schemes, servers};

/// Keys with all that schemes cut out, cut short or count as one.
fn odd_keys() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = keys(60).into_iter().map(String::into_bytes).collect();
    let texts: [&[u8]; 24] = [
        b"",
        b"a",
        b"a\0",
        b"b\0\0\0\0\0\0\0",
        b"b",
        b"{a}1",
        b"{a}2",
        b"x{a}",
        b"{}a",
        b"{}b",
        b"/dir/file?one",
        b"/dir/file?two",
        b"/dir/file",
        b" value ",
        b"value, other",
        b"/?id=7&x=1",
        b"/?y=2&id=7",
        b"10.1.2.3",
        b"::ffff:10.1.2.3",
        b"2001:db8::1",
        b"2001:0db8::1",
        "caf\u{e9}".as_bytes(),
        b"caf\xe9",
        &[b'k'; 300],
    ];
    all.extend(texts.map(<[u8]>::to_vec));
    all
}

/// Schemes with the options that change what is hashed of a key.
fn more_schemes() -> Vec<Scheme> {
    let mut all = schemes();
    all.extend(
        [
            "twemproxy:hash-tag={}",
            "memcached-proxy:filter=tags",
            "memcached-proxy:filter=stop,filter-conf=|#|",
            "memcached-proxy:distribution=ring,filter=tags",
            "memcached-proxy:distribution=ring,mode=evcache",
            "libmemcached:distribution=ketama,prefix=app%2C",
            "libmemcached:distribution=spy-weighted,prefix=app",
            "cache-memcached-fast:points=160,namespace=app",
            "haproxy:input=uri,depth=1",
            "haproxy:input=url-param,param=id",
            "nginx:consistent=off",
            "python-continuum:points=1003",
            "spymemcached:locator=ketama,hash=ketama,weighted=on",
            "varnish-shard:points=1",
        ]
        .map(|text| text.parse::<Scheme>().unwrap()),
    );
    all
}

fn is_ring(scheme: &Scheme) -> bool {
    scheme.to_string() == "cassandra" || {
        let set = servers(scheme, 3, false);
        matches!(build(scheme, &set).explain("key").hit(), Some(Hit::Point(_)))
    }
}

#[test]
fn the_owner_is_the_look_up_s() {
    for scheme in more_schemes() {
        for (count, mixed) in [(1, false), (9, true)] {
            let continuum = build(&scheme, &servers(&scheme, count, mixed));
            for key in odd_keys().iter().step_by(7) {
                let explanation = continuum.explain(key);
                assert_eq!(explanation.key(), &key[..]);
                assert_eq!(explanation.owner(), continuum.resolve(key), "{scheme}: {key:?}");
                assert_eq!(explanation.owner_index(), continuum.resolve_index(key));
                assert_eq!(explanation.position(), continuum.position(key));
                assert_eq!(explanation.candidates().next(), explanation.owner());
                assert!(!explanation.hash().is_empty(), "{scheme}");
                assert!(explanation.hit().is_some(), "{scheme}: {key:?} meets nothing");
            }
        }
        let nobody = build(&scheme, &Servers::new()).explain("key");
        assert_eq!((nobody.owner(), nobody.candidates().count()), (None, 0), "{scheme}");
        if !scheme.name().contains("redis") {
            assert_eq!(nobody.hit(), None, "{scheme}");
        }
    }
}

#[test]
fn keys_of_equal_hashed_bytes_have_one_owner() {
    let mut merged = 0;
    for scheme in more_schemes() {
        let continuum = build(&scheme, &servers(&scheme, 9, true));
        let mut by_bytes: BTreeMap<Vec<u8>, (Option<u32>, Option<u128>)> = BTreeMap::new();
        for key in odd_keys() {
            let explanation = continuum.explain(&key);
            // A zone that the key's characters choose is no part of the hash.
            let answer = (explanation.owner_index(), explanation.position());
            let first = by_bytes.entry(explanation.hashed().to_vec()).or_insert(answer);
            merged += usize::from(*first == answer);
            assert_eq!(*first, answer, "{scheme}: {key:?}");
        }
    }
    assert!(merged > 100);
}

#[test]
fn what_is_hashed() {
    let hashed = |scheme: &str, key: &str| {
        let scheme: Scheme = scheme.parse().unwrap();
        let set = servers(&scheme, 3, false);
        build(&scheme, &set).explain(key).hashed().to_vec()
    };
    for (scheme, key, bytes) in [
        ("python-continuum", "{a}b", &b"{a}b"[..]),
        ("twemproxy:hash-tag={}", "x{a}b", b"a"),
        ("twemproxy:hash-tag={}", "x{}b", b"x{}b"),
        ("memcached-proxy:filter=tags", "x{}b", b""),
        ("memcached-proxy:filter=stop,filter-conf=|#|", "ab|#|c", b"ab"),
        ("redis-cluster", "x{a}b", b"a"),
        ("libmemcached:prefix=app:", "key", b"app:key"),
        ("libmemcached:prefix=app:", "a\0b", b"app:a\0\0"),
        ("cache-memcached-fast:namespace=app:", "key", b"app:key"),
        ("jump", "key", b"key\0\0\0\0\0"),
        ("jump", "a longer key", b"a longer key"),
        ("jump:key=xxh64", "key", b"key"),
        ("pymemcache", "caf\u{e9}", b"caf\xe9"),
        ("pymemcache:key=bytes", "caf\u{e9}", b"b'caf\\xc3\\xa9'"),
        ("haproxy:input=uri", "/a?b", b"/a"),
        ("haproxy:input=hdr", " a , b", b"a"),
        ("haproxy:input=url-param,param=id", "/?x=1&id=7&y", b"7"),
        ("haproxy:input=src", "10.1.2.3", &[10, 1, 2, 3]),
    ] {
        assert_eq!(hashed(scheme, key), bytes, "{scheme}: {key}");
    }
}

/// The point named is one of the ring: whatever lies there, or for a search
/// strictly above just before it, belongs to the owner.
#[test]
fn the_point_is_the_owner_s() {
    let mut rings = Vec::new();
    for scheme in more_schemes() {
        let continuum = build(&scheme, &servers(&scheme, 9, true));
        for key in odd_keys() {
            let explanation = continuum.explain(&key);
            let Some(Hit::Point(point)) = explanation.hit() else { continue };
            if rings.last() != Some(&scheme) {
                rings.push(scheme.clone());
            }
            let at = continuum.resolve_position(point.position);
            let before = continuum.resolve_position(point.position.wrapping_sub(1));
            let owner = explanation.owner_index();
            assert!(at == owner || before == owner, "{scheme}: {key:?} {point:?}");
            let label =
                point.label.as_deref().unwrap_or_else(|| panic!("{scheme}: no label: {point:?}"));
            let owner = explanation.owner().unwrap();
            let id = format!("id {} point ", owner.id().unwrap());
            let tokens = owner.hash_key().unwrap_or_default().split(',');
            let place = explanation.owner_index().unwrap();
            // Of the instance alone, or of its absence.
            let carbon_fnv = scheme.to_string().starts_with("graphite-carbon:hash=fnv1a-ch")
                && label.ends_with(&format!("-{}", owner.instance().unwrap_or("None")));
            let theirs = label.contains(owner.host())
                || carbon_fnv
                || label.starts_with(&format!("SHARD-{place}-NODE-"))
                || label.starts_with(&id)
                || tokens.into_iter().any(|token| label == format!("token {token}"));
            assert!(theirs, "{scheme}: {label} is not of {owner}");
            let position = explanation.position().unwrap();
            let other = if point.below {
                position.wrapping_sub(point.distance)
            } else {
                position.wrapping_add(point.distance)
            };
            let around = other.wrapping_sub(point.position);
            // Once around the ring at most, either way.
            let turns = [0_u128, 1 << 32, 1 << 64];
            let once = |turn: &u128| [*turn, turn.wrapping_neg()].contains(&around);
            assert!(turns.iter().any(once), "{scheme}: {point:?}");
        }
    }
    assert!(rings.len() >= 60, "{}", rings.len());
}

/// A label means what it says: the server alone with that label's place has it.
#[test]
fn labels_are_those_that_the_programs_hash() {
    let text = |scheme: &str, list: &[&str], key: &str| {
        let set = Servers::from_texts(list.iter().copied()).unwrap();
        let explanation =
            Continuum::with_servers(scheme.parse().unwrap(), set).unwrap().explain(key);
        match explanation.hit().unwrap() {
            Hit::Point(point) => {
                (point.label.as_deref().unwrap().to_owned(), point.word, point.position)
            }
            Hit::Slot { label, .. } => (label.as_deref().unwrap().to_owned(), None, 0),
            other => panic!("{other:?}"),
        }
    };
    // MD5 of the label gives the position: asked as a key of the same hash.
    let md5 = |text: &str| Continuum::new().position(text);
    for scheme in ["libketama", "twemproxy", "hash-ring", "libmemcached:distribution=spy-weighted"]
    {
        for key in keys(40) {
            let (label, word, position) = text(scheme, &["a:11211", "b:11212"], &key);
            if word == Some(0) {
                assert_eq!(md5(&label), Some(position), "{scheme}: {label}");
            }
            let stem = label.rsplit_once('-').unwrap().0;
            let expected: &[&str] = match scheme {
                "twemproxy" => &["a", "b:11212"],
                "libmemcached:distribution=spy-weighted" => &["/a:11211", "/b:11212"],
                _ => &["a:11211", "b:11212"],
            };
            assert!(expected.contains(&stem), "{scheme}: {label}");
        }
    }
    for (scheme, start, inside) in [
        ("nginx", "", ":11211 point "),
        ("cache-memcached-fast:points=10", "", ":11211 point "),
        ("haproxy", "id ", " point "),
        ("stathat", "", "a"),
        ("varnish-shard:points=1", "", ":112110"),
        ("envoy-ring-hash", "", ":11211_"),
        ("buraksezer", "", ":"),
        ("buraksezer:version=0", "", ":11211"),
    ] {
        let (label, ..) = text(scheme, &["a:11211", "aa:11211"], "key");
        assert!(label.starts_with(start) && label.contains(inside), "{scheme}: {label}");
    }
    // 251 servers share 1000 points: three each, at the start of the ring.
    let many: Vec<String> = (0..251).map(|number| format!("10.0.0.{number}:80")).collect();
    let list: Vec<&str> = many.iter().map(String::as_str).collect();
    let (label, word, position) = text("python-continuum", &list, "key");
    assert_eq!((label.as_str(), word, position), ("10.0.0.0-80 leftover 0", None, 0));
}

#[test]
fn scores_are_in_order_of_preference() {
    for name in
        ["clandestined", "pymemcache", "ceph-straw2", "mcrouter:hash=rendezvous", "rendezvous-1"]
    {
        let scheme: Scheme = name.parse().unwrap();
        let continuum = build(&scheme, &servers(&scheme, 9, false));
        for key in keys(50) {
            let explanation = continuum.explain(&key);
            let Some(Hit::Scores(scores)) = explanation.hit() else { panic!("{scheme}") };
            assert_eq!(scores.len(), 9, "{scheme}");
            assert_eq!(Some(scores[0].server), explanation.owner_index(), "{scheme}: {key}");
            let lowest_wins = name == "rendezvous-1";
            let in_order = |pair: &[Score]| match pair {
                [one, other] if lowest_wins => one.score <= other.score,
                [one, other] => one.score >= other.score,
                _ => false,
            };
            assert!(scores.windows(2).all(in_order), "{scheme}: {key}");
            if name != "ceph-straw2" {
                let walk = explanation.candidates();
                let ranked = scores.iter().map(|score| score.server);
                assert!(
                    walk.map(Server::id).eq(ranked.map(|number| Some(number + 1))),
                    "{scheme}: {key}"
                );
            }
        }
    }
}

#[test]
fn slots_and_buckets_name_their_server() {
    for scheme in more_schemes() {
        if is_ring(&scheme) {
            continue;
        }
        let continuum = build(&scheme, &servers(&scheme, 9, true));
        for key in keys(20) {
            let explanation = continuum.explain(&key);
            match explanation.hit() {
                Some(Hit::Slot { slot, of, .. }) => {
                    assert!(slot < of, "{scheme}");
                    // The slots of slots-1 are the top of a position, others' the
                    // remainder of it. Carbon's remainder is of a signed hash, whose
                    // positions begin at -2^31.
                    let at = match scheme.name() {
                        "slots-1" => u128::from((slot << 32).div_ceil(*of)) << 32,
                        "graphite-carbon" => u128::from(*slot) + (1 << 31),
                        _ => u128::from(*slot),
                    };
                    let owner = continuum.resolve_position(at);
                    assert_eq!(owner, explanation.owner_index(), "{scheme}: {key}");
                }
                Some(Hit::Bucket { bucket, of, .. }) => assert!(bucket < of, "{scheme}"),
                Some(Hit::Scores(scores)) => {
                    assert_eq!(Some(scores[0].server), explanation.owner_index(), "{scheme}");
                }
                other => panic!("{scheme}: {other:?}"),
            }
        }
    }
}

/// Every alternative, built anew, gives the owner that it names, which is not
/// the owner that there is.
#[test]
fn alternatives_change_the_owner() {
    let mut found = 0;
    for scheme in schemes() {
        let set = servers(&scheme, 5, true);
        let continuum = build(&scheme, &set);
        for key in keys(4) {
            let explanation = continuum.explain(&key);
            for other in explanation.alternatives() {
                let form = other.variant.apply(&set).unwrap();
                let rebuilt = Continuum::with_servers(other.scheme.clone(), form).unwrap();
                let owner = rebuilt.resolve(&key).map(Server::address);
                assert_eq!(owner, other.owner.as_ref().map(Server::address), "{scheme}: {other:?}");
                assert_ne!(other.owner.as_ref(), explanation.owner(), "{scheme}: {other:?}");
                match &other.option {
                    Some((name, value)) => {
                        let set_to = other.scheme.options().find(|option| option.0 == *name);
                        assert_eq!(set_to.unwrap().1, *value, "{scheme}");
                    }
                    None => assert_eq!(other.scheme, scheme),
                }
                found += 1;
            }
        }
    }
    assert!(found > 500, "{found}");
}

/// The question that mixed clients ask most: does one of them leave 11211 out?
#[test]
fn a_port_left_out_is_told() {
    let set = Servers::from_texts(["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"]).unwrap();
    let told = |scheme: &str, words: &str| {
        let continuum = Continuum::with_servers(scheme.parse().unwrap(), set.clone()).unwrap();
        keys(30).iter().any(|key| {
            let all = continuum.explain(key).alternatives();
            all.iter().any(|other| other.option.is_none() && other.variant.words() == words)
        })
    };
    assert!(told("twemproxy", "ports kept"));
    assert!(!told("twemproxy", "ports left out"));
    assert!(told("libketama", "ports left out"));
    assert!(!told("libketama", "ports kept"));
}
