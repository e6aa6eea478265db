//! A continuum that was changed is the one that was built anew.

use continuum::scheme::Capacities;
use continuum::{Capacity, Continuum, Scheme, Servers};

use crate::fixtures::{Random, build, capacity, keys, schemes, server, servers};

/// Owners, candidates, whole map, fingerprint and shares are those of a fresh
/// build.
fn assert_as_built(changed: &Continuum, keys: &[String], what: &str) {
    let fresh = build(changed.scheme(), changed.servers());
    let mut of_changed = vec![0; keys.len()];
    let mut of_fresh = vec![0; keys.len()];
    let slices: Vec<&str> = keys.iter().map(String::as_str).collect();
    changed.resolve_all(&slices, &mut of_changed);
    fresh.resolve_all(&slices, &mut of_fresh);
    assert!(of_changed == of_fresh, "{what}: owners");
    for key in keys {
        assert_eq!(changed.resolve_index(key), fresh.resolve_index(key), "{what}: {key}");
    }
    for key in keys.iter().take(4) {
        let order = |continuum: &Continuum| -> Vec<String> {
            continuum.candidates(key).map(|server| server.identity().into_owned()).collect()
        };
        assert_eq!(order(changed), order(&fresh), "{what}: candidates of {key}");
        let (changed, fresh) = (changed.explain(key), fresh.explain(key));
        assert_eq!(format!("{:?}", changed.hit()), format!("{:?}", fresh.hit()), "{what}: {key}");
    }
    assert_eq!(changed.fingerprint(), fresh.fingerprint(), "{what}: fingerprint");
    assert_eq!(changed.ownership(), fresh.ownership(), "{what}: ownership");
    assert_eq!(changed.fair_shares(), fresh.fair_shares(), "{what}: fair shares");
}

/// One random change of a set: someone comes, goes, comes back, or gets another
/// capacity.
fn change(servers: &mut Servers, scheme: &Scheme, random: &mut Random) -> String {
    let pick = |servers: &Servers, random: &mut Random| {
        servers.as_slice()[random.index(servers.len())].identity().into_owned()
    };
    match random.below(8) {
        0..3 if servers.len() < 24 => {
            let number = u32::try_from(random.below(60)).unwrap();
            let mut new = server(scheme, number);
            if random.below(2) == 0 {
                new = new.with_capacity(capacity(scheme, number));
            }
            match servers.add(new.clone()) {
                Ok(()) => format!("add {new}"),
                Err(error) => error.to_string(),
            }
        }
        // Redis Cluster and the like need not hold for none at all.
        3..6 if servers.len() > 2 => {
            let identity = pick(servers, random);
            servers.remove(&identity).unwrap();
            format!("remove {identity}")
        }
        6 if servers.len() > 2 => {
            let identity = pick(servers, random);
            let server = servers.remove(&identity).unwrap();
            servers.add(server).unwrap();
            format!("{identity} to the end")
        }
        _ => {
            let identity = pick(servers, random);
            let mut capacity = capacity(scheme, u32::try_from(random.below(9)).unwrap());
            if random.below(4) == 0 && scheme.capacities() != Capacities::Ignored {
                capacity = Capacity::ZERO;
            }
            servers.set_capacity(&identity, capacity).unwrap();
            format!("{identity} to {capacity}")
        }
    }
}

#[test]
fn random_changes_are_as_a_build() {
    let mut random = Random(6);
    for scheme in schemes() {
        let keys = keys(400);
        let mut continuum = build(&scheme, &servers(&scheme, 9, false));
        // A clone makes the structure shared: it may then not be changed in place.
        let mut clone = None;
        for turn in 0..16 {
            if random.below(2) == 0 {
                clone = Some((continuum.clone(), continuum.resolve_index("some key")));
            } else {
                clone = clone.filter(|_| random.below(2) == 0);
            }
            let mut what = String::new();
            continuum
                .update(|servers| {
                    for _ in 0..=random.below(3) {
                        what += &format!("{}; ", change(servers, &scheme, &mut random));
                    }
                    Ok(())
                })
                .unwrap_or_else(|error| panic!("{scheme}: {error}"));
            assert_as_built(&continuum, &keys, &format!("{scheme}, turn {turn}: {what}"));
            if let Some((clone, owner)) = &clone {
                assert_eq!(clone.resolve_index("some key"), *owner, "{scheme}: the clone");
            }
        }
        if let Some((clone, _)) = clone {
            assert_as_built(&clone, &keys, &format!("{scheme}: the clone"));
        }
    }
}

/// Refused after the list was changed: the continuum is as it was, and can be
/// changed on.
#[test]
fn a_refused_change_leaves_all_as_it_was() {
    for scheme in schemes() {
        let mut continuum = build(&scheme, &servers(&scheme, 7, false));
        let too_much = match scheme.capacities() {
            Capacities::Whole(_) | Capacities::WholeZeroIsOne(_) => 0.5,
            Capacities::UpTo(most) | Capacities::BelowOneIsOne(most) => f64::from(most) + 1.0,
            Capacities::Any | Capacities::ZeroIs(_) | Capacities::Ignored => continue,
        };
        let identity = continuum.servers().as_slice()[3].identity().into_owned();
        continuum
            .update(|servers| {
                let first = servers.as_slice()[0].identity().into_owned();
                servers.remove(&first)?;
                servers.set_capacity(&identity, Capacity::try_from(too_much)?)?;
                Ok(())
            })
            .unwrap_err();
        assert_eq!(continuum.servers().len(), 7, "{scheme}");
        assert_as_built(&continuum, &keys(100), &format!("{scheme}: refused"));
        continuum.remove_server(&identity).unwrap();
        assert_as_built(&continuum, &keys(100), &format!("{scheme}: and then one removed"));
    }
}

/// Points in plenty, on positions that several servers share.
#[test]
fn crowded_rings_change_as_they_are_built() {
    let texts = ["stathat:points=600", "groupcache:points=600", "nginx", "libmemcached"];
    let mut random = Random(41);
    for text in texts {
        let scheme: Scheme = text.parse().unwrap();
        let mut continuum = build(&scheme, &servers(&scheme, 150, false));
        let keys = keys(3000);
        for turn in 0..4 {
            continuum
                .update(|servers| {
                    for _ in 0..=turn {
                        change(servers, &scheme, &mut random);
                    }
                    Ok(())
                })
                .unwrap();
            assert_as_built(&continuum, &keys, &format!("{scheme}, turn {turn}"));
        }
    }
}
