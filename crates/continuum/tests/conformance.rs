//! The laws that every scheme keeps: one suite over the catalogue.

use std::collections::BTreeSet;

use continuum::ownership::Basis;
use continuum::scheme::{Capacities, Order};
use continuum::{Capacity, Keys, NO_OWNER, Scheme, Server, Servers};

use crate::fixtures::{Random, build, key, keys, owner, schemes, server, servers};

/// Redis Cluster's slots are dealt to the servers as a whole: what a single
/// server may own depends on the others.
fn sets(scheme: &Scheme) -> Vec<Servers> {
    let mut sets = vec![servers(scheme, 1, false), servers(scheme, 7, false)];
    sets.push(servers(scheme, 12, true));
    sets
}

fn counts(servers: &Servers, scheme: &Scheme, server: &Server) -> bool {
    servers.index_of(&server.identity()).is_some()
        && (scheme.capacities().zero_counts() || server.capacity() != Capacity::ZERO)
}

#[test]
fn every_key_has_one_owner_that_has_capacity() {
    for scheme in schemes() {
        for set in sets(&scheme) {
            let continuum = build(&scheme, &set);
            for key in keys(500) {
                let owner = continuum.resolve(&key).unwrap_or_else(|| panic!("{scheme}: {key}"));
                assert!(counts(&set, &scheme, owner), "{scheme}: {key} -> {owner}");
            }
        }
    }
}

#[test]
fn a_draining_server_owns_nothing() {
    for scheme in schemes() {
        if scheme.capacities().zero_counts() {
            continue;
        }
        let mut set = servers(&scheme, 7, false);
        let drained = set.as_slice()[3].identity().into_owned();
        set.set_capacity(&drained, Capacity::ZERO).unwrap();
        let continuum = build(&scheme, &set);
        for key in keys(2000) {
            assert_ne!(owner(&continuum, &key).as_ref(), Some(&drained), "{scheme}: {key}");
            assert!(
                continuum.candidates(&key).all(|server| server.identity() != drained),
                "{scheme}: {key}"
            );
        }
    }
}

#[test]
fn nothing_is_owned_when_there_is_no_server() {
    for scheme in schemes() {
        let continuum = build(&scheme, &Servers::new());
        assert_eq!(continuum.resolve("key"), None, "{scheme}");
        assert_eq!(continuum.candidates("key").count(), 0, "{scheme}");
        assert_eq!(continuum.ownership().shares(), [0.0; 0], "{scheme}");
    }
}

/// Equal fingerprints promise equal maps; an order-free scheme always gives an
/// equal fingerprint, a positional one never does.
#[test]
fn order_decides_only_where_the_scheme_says_so() {
    for scheme in schemes() {
        for set in sets(&scheme).into_iter().filter(|set| set.len() > 1) {
            let continuum = build(&scheme, &set);
            let mut reversed = Servers::new();
            for server in set.as_slice().iter().rev() {
                reversed.add(server.clone()).unwrap();
            }
            let other = build(&scheme, &reversed);
            let same = continuum.fingerprint() == other.fingerprint();
            match scheme.order() {
                Order::Free => assert!(same, "{scheme} says that order is free"),
                Order::Ties => {}
                Order::Positional => assert!(!same, "{scheme} says that it is positional"),
            }
            let moved = keys(2000).iter().any(|key| owner(&continuum, key) != owner(&other, key));
            assert!(!(same && moved), "{scheme}: equal fingerprints, unequal maps");
            assert_eq!(
                moved,
                moved && scheme.order() != Order::Free,
                "{scheme}: order decides although it is free"
            );
            if scheme.order() == Order::Positional {
                assert!(moved, "{scheme}: says positional, but no key cares");
            }
        }
    }
}

#[test]
fn a_batch_answers_as_single_keys_do() {
    let mut random = Random(7);
    let bytes: Vec<u8> = (0..4096).map(|_| random.next().to_le_bytes()[0]).collect();
    for scheme in schemes() {
        let continuum = build(&scheme, &servers(&scheme, 12, true));
        let single = |key: &[u8]| continuum.resolve_index(key).unwrap_or(NO_OWNER);
        // Every length, at every alignment, in batches of every size to 300.
        let slices: Vec<&[u8]> = (0..300).map(|len| &bytes[len % 16..len % 16 + len]).collect();
        let wanted: Vec<u32> = slices.iter().map(|key| single(key)).collect();
        for size in (0..20).chain([63, 64, 65, 255, 256, 257, 300]) {
            let mut owners = vec![0; size];
            continuum.resolve_all(&slices[..size], &mut owners);
            assert_eq!(owners, wanted[..size], "{scheme}: batch of {size}");
        }
        let mut packed = Vec::new();
        let mut ends = vec![0_u64];
        for slice in &slices {
            packed.extend_from_slice(slice);
            ends.push(packed.len() as u64);
        }
        let mut owners = vec![0; slices.len()];
        continuum.resolve_all(Keys::packed(&packed, &ends).unwrap(), &mut owners);
        assert_eq!(owners, wanted, "{scheme}: packed");
    }
}

#[test]
fn candidates_are_distinct_complete_and_led_by_the_owner() {
    for scheme in schemes() {
        for set in sets(&scheme) {
            let continuum = build(&scheme, &set);
            for key in keys(200) {
                let order: Vec<String> =
                    continuum.candidates(&key).map(|s| s.identity().into_owned()).collect();
                let distinct: BTreeSet<&String> = order.iter().collect();
                assert_eq!(distinct.len(), order.len(), "{scheme}: {key} repeats");
                assert_eq!(order.len(), set.len(), "{scheme}: {key} leaves servers out");
                assert_eq!(order.first().cloned(), owner(&continuum, &key), "{scheme}: {key}");
                let three: Vec<&Server> = continuum.copies(&key, 3).collect();
                assert_eq!(three.len(), 3.min(set.len()), "{scheme}");
            }
        }
    }
}

#[test]
fn shares_sum_to_one_and_agree_with_counting() {
    const KEYS: u32 = 100_000;
    let texts: Vec<String> = (0..u64::from(KEYS)).map(|n| format!("share-key-{n}")).collect();
    let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut owners = vec![0; keys.len()];
    for scheme in schemes() {
        for set in sets(&scheme) {
            let continuum = build(&scheme, &set);
            let ownership = continuum.ownership();
            let sum: f64 = ownership.shares().iter().sum();
            assert!((sum - 1.0).abs() < 1e-9, "{scheme}: shares sum to {sum}");
            // A 15-bit or unevenly filled hash space says little of these keys, and
            // what is expected of a perfect hash little of FNV-1a.
            let says_little = match ownership.basis() {
                Basis::Exact => true,
                Basis::Expected => ["caddy", "traefik"].contains(&scheme.name()),
                _ => false,
            };
            if says_little && !spreads_evenly(&scheme) {
                continue;
            }
            continuum.resolve_all(&keys, &mut owners);
            for (index, share) in (0_u32..).zip(ownership.shares()) {
                let count = owners.iter().filter(|owner| **owner == index).count();
                let counted = f64::from(u32::try_from(count).unwrap()) / f64::from(KEYS);
                let mut slack = 6.0 * (share * (1.0 - share) / f64::from(KEYS)).sqrt() + 1e-4;
                if let Basis::Sampled { bound, .. } = ownership.basis() {
                    slack += 3.0 * bound;
                }
                assert!(
                    (counted - share).abs() < slack,
                    "{scheme}: server {index} of {}: share {share}, counted {counted}",
                    set.len()
                );
            }
        }
    }
}

/// Programs whose only hash is one.
const WEAK: [&str; 16] = [
    "traefik",
    "dalli",
    "redis-rb",
    "redis-client",
    "predis",
    "php-redisarray",
    "pecl-memcache",
    "apisix",
    "groupcache",
    "ingress-nginx",
    "nats-partition",
    "nginx",
    "pingora-ketama",
    "redis-cluster",
    "resty-chash",
    "stathat",
];

/// Hashes too weak for short similar keys, as the programs use them.
fn spreads_evenly(scheme: &Scheme) -> bool {
    let weak = [
        "crc", "crc32", "sdbm", "djb2", "fnv", "hsieh", "native", "crc16", "off", "javaHash",
        "hiveHash", "elf", "rs", "mysql", "lua", "2.6", "2.7",
    ];
    let weak_option = scheme
        .options()
        .any(|(name, value)| name != "slack" && weak.iter().any(|w| value.starts_with(w)));
    !weak_option && !WEAK.contains(&scheme.name())
}

#[test]
fn text_round_trips() {
    for scheme in schemes() {
        for text in [scheme.to_string(), format!("{scheme:#}")] {
            assert_eq!(text.parse::<Scheme>().unwrap(), scheme, "{text}");
        }
    }
    for entry in Scheme::catalogue() {
        for alias in entry.aliases() {
            assert_eq!(alias.parse::<Scheme>().unwrap(), entry.scheme(), "{alias}");
        }
        let unknown = format!("{}:no-such-option=1", entry.name());
        let error = unknown.parse::<Scheme>().unwrap_err();
        assert!(
            error.is_invalid_scheme() && error.to_string().contains("no-such-option"),
            "{error}"
        );
    }
}

#[test]
fn a_capacity_that_does_not_fit_is_refused_with_what_does() {
    for scheme in schemes() {
        let most = match scheme.capacities() {
            Capacities::Whole(most) | Capacities::WholeZeroIsOne(most) => most,
            Capacities::UpTo(most) | Capacities::BelowOneIsOne(most) => u64::from(most),
            _ => continue,
        };
        #[expect(clippy::cast_precision_loss, reason = "the bounds are below 2^53")]
        for capacity in [0.5, most as f64 + 1.0] {
            if capacity == 0.5
                && matches!(scheme.capacities(), Capacities::UpTo(_) | Capacities::BelowOneIsOne(_))
            {
                continue;
            }
            let capacity = Capacity::try_from(capacity).unwrap();
            let mut set = servers(&scheme, 2, false);
            set.add(server(&scheme, 2).with_capacity(capacity)).unwrap();
            let error = continuum::Continuum::with_servers(scheme.clone(), set).unwrap_err();
            assert!(error.is_invalid_capacity(), "{scheme}: {error}");
            assert!(error.to_string().contains("10.0.0.3:11311"), "{scheme}: {error}");
            assert!(
                error.to_string().contains(&scheme.capacities().to_string()),
                "{scheme}: {error}"
            );
        }
    }
}

#[test]
fn clones_are_not_disturbed_and_failed_changes_leave_all_as_it_was() {
    let set = servers(&Scheme::default(), 5, false);
    let mut continuum = build(&Scheme::default(), &set);
    let before = continuum.clone();
    let owners: Vec<_> = keys(100).iter().map(|key| owner(&before, key)).collect();
    let failed = continuum.update(|servers| {
        servers.remove("10.0.0.1:11311")?;
        servers.remove("no such server")?;
        Ok(())
    });
    assert!(failed.unwrap_err().is_unknown_server());
    assert_eq!(continuum, before);
    continuum.remove_server("10.0.0.1:11311").unwrap();
    assert_ne!(continuum, before);
    let after: Vec<_> = (0..100).map(|n| owner(&before, &key(n))).collect();
    assert_eq!(after, owners);
}
