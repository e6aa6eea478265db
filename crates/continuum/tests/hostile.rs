//! Odd input: refused with a sentence or answered, never a panic.

use continuum::{Capacity, Continuum, Keys, Scheme, Server, Servers};
use proptest::prelude::*;

use crate::fixtures::{Random, schemes};

/// Text that a person, a script or a fuzzer might pass for a server.
fn odd_text(random: &mut Random) -> String {
    let parts = [
        "",
        "a",
        "10.0.0.1",
        "::1",
        "[::1]",
        "[",
        "]",
        ":",
        "=",
        "-1",
        "0",
        "1",
        "65535",
        "65536",
        "nan",
        "inf",
        "1e308",
        "1e-320",
        "/run/x.sock",
        "unix:",
        "\0",
        "é",
        "\u{1f980}",
        " ",
        "host name",
        "%",
        ",",
        "99999999999999999999",
        "0x10",
        "\n",
        "\t",
        "+1",
    ];
    (0..=random.below(5)).map(|_| parts[random.index(parts.len())]).collect()
}

#[test]
fn a_thousand_random_sets() {
    const SEED: u64 = 20_101_104;
    println!("seed {SEED}");
    let mut random = Random(SEED);
    let schemes = schemes();
    let capacities =
        [0.0, 1.0, 0.5, 1e308, 1e-308, 3.0, 255.0, 256.0, 4e9, 1e16, f64::MIN_POSITIVE];
    let (mut built, mut refused) = (0, 0);
    for _ in 0..1000 {
        let scheme = &schemes[random.index(schemes.len())];
        let mut servers = Servers::new();
        for _ in 0..random.below(12) {
            let text = odd_text(&mut random);
            let server = match text.parse::<Server>() {
                Ok(server) => server,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    Server::new(text, random.next().to_le_bytes()[0].into())
                }
            };
            let capacity = match random.below(3) {
                0 => capacities[random.index(capacities.len())],
                _ => 1.0,
            };
            let mut server = server.with_capacity(Capacity::try_from(capacity).unwrap());
            if random.below(3) == 0 {
                server = server.with_name(odd_text(&mut random));
            }
            if random.below(3) == 0 {
                server = server.with_id(u32::try_from(random.below(1 << 32)).unwrap());
            }
            if random.below(4) == 0 {
                server = server.with_hash_key(odd_text(&mut random));
            }
            if random.below(4) == 0 {
                server = server.with_zone(odd_text(&mut random));
            }
            if random.below(4) == 0 {
                server = server.with_guid(odd_text(&mut random));
            }
            if random.below(4) == 0 {
                server = server.with_hostname(odd_text(&mut random));
            }
            if random.below(4) == 0 {
                let weight = u32::try_from(random.below(5)).unwrap() * 858_993_459;
                server = server.with_locality(odd_text(&mut random), weight);
            }
            let _ = servers.add(server);
        }
        match Continuum::with_servers(scheme.clone(), servers) {
            Ok(continuum) => {
                built += 1;
                for _ in 0..20 {
                    let key = odd_text(&mut random);
                    let owner = continuum.resolve(&key);
                    assert_eq!(continuum.candidates(&key).next(), owner, "{scheme}");
                }
                let _ = (continuum.ownership(), continuum.fingerprint(), continuum.advice());
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().len() > 20, "{error}");
            }
        }
    }
    println!("{built} sets built, {refused} refused with a sentence");
    assert!(built > 100 && refused > 100, "{built} built, {refused} refused");
}

#[test]
fn large_sets_and_long_keys() {
    let mut servers = Servers::new();
    for number in 0..100_000_u32 {
        servers.add(Server::new(format!("host-{number}"), 11211)).unwrap();
    }
    let continuum =
        Continuum::with_servers("python-continuum:points=400000".parse().unwrap(), servers.clone());
    let long = vec![0_u8; 10 << 20];
    assert!(continuum.unwrap().resolve(&long).is_some());
    // The module's own total leaves each of these without a point.
    let starved = Continuum::with_servers(Scheme::default(), servers).unwrap();
    assert_eq!(starved.resolve("key"), None);
    assert_eq!(starved.advice().len(), 1);
}

#[test]
fn capacities_whose_sum_overflows() {
    let mut servers = Servers::new();
    for host in ["a", "b", "c"] {
        let capacity = Capacity::try_from(1e308).unwrap();
        servers.add(Server::new(host, 1).with_capacity(capacity)).unwrap();
    }
    for scheme in schemes() {
        if let Ok(continuum) = Continuum::with_servers(scheme, servers.clone()) {
            let _ = (continuum.resolve("key"), continuum.ownership(), continuum.advice());
        }
    }
}

#[test]
fn the_defect_of_the_2010_module_is_kept_and_told() {
    let equal = |count: u32| {
        let mut servers = Servers::new();
        for number in 0..count {
            servers
                .add(Server::new(format!("10.0.{}.{}", number / 250, number % 250), 11211))
                .unwrap();
        }
        Continuum::with_servers(Scheme::default(), servers).unwrap()
    };
    let owners = |continuum: &Continuum| {
        let mut owners: Vec<u32> =
            (0..5000).filter_map(|n| continuum.resolve_index(format!("key-{n}"))).collect();
        owners.sort();
        owners.dedup();
        owners
    };
    assert_eq!(owners(&equal(250)).len(), 250);
    assert!(equal(250).advice().is_empty());
    assert_eq!(owners(&equal(251)), [0]);
    assert_eq!(owners(&equal(1000)), [0]);
    assert_eq!(owners(&equal(1001)), [] as [u32; 0]);
    for (count, says) in
        [(251, "one server owns nearly every key"), (1001, "no key can be resolved")]
    {
        let advice = equal(count).advice();
        assert!(advice[0].message().contains(says), "{advice:?}");
    }
}

proptest! {
    #![proptest_config(crate::properties::cases(2000))]

    #[test]
    fn any_text_parses_or_is_refused(text in "\\PC{0,40}|[a-z:=,%\\[\\]0-9.-]{0,40}") {
        if let Ok(server) = text.parse::<Server>() {
            prop_assert_eq!(server.to_string().parse::<Server>().unwrap(), server);
        }
        if let Ok(scheme) = text.parse::<Scheme>() {
            prop_assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme);
        }
        if let Ok(capacity) = text.parse::<Capacity>() {
            prop_assert!(capacity.get() >= 0.0);
        }
    }

    #[test]
    fn any_option_text_round_trips(text in "\\PC{0,20}") {
        let escaped: String = text
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
            .collect();
        if let Ok(scheme) = format!("twemproxy:hash-tag={escaped}").parse::<Scheme>() {
            prop_assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme);
        }
    }

    #[test]
    fn any_offsets_are_checked(bytes in prop::collection::vec(any::<u8>(), 0..50), offsets in prop::collection::vec(0_u64..60, 0..10)) {
        if let Ok(keys) = Keys::packed(&bytes, &offsets) {
            for index in 0..keys.len() {
                let _ = keys.get(index);
            }
        }
    }
}
