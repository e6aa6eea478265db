//! Copies over zones, and who stands in: laws over every scheme, and the figures
//! of `docs/COPIES.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use continuum::{Continuum, Scheme, Server, Servers};
use proptest::prelude::*;

use crate::fixtures::{APART, Random, build, capacity, keys, schemes, server};

/// `count` servers over zones as told, some without one.
fn zoned(scheme: &Scheme, count: u32, zone: impl Fn(u32) -> Option<u32>, mixed: bool) -> Servers {
    let mut servers = Servers::new();
    for number in 0..count {
        // Without its zone of the fixture: made anew.
        let made = server(scheme, number);
        let mut plain = Server::new(made.host(), 11311).with_id(number + 1);
        if let Some(tokens) = made.hash_key() {
            plain = plain.with_hash_key(tokens);
        }
        if let (Some(locality), Some(weight)) = (made.locality(), made.locality_weight()) {
            plain = plain.with_locality(locality, weight);
        }
        if mixed {
            plain = plain.with_capacity(capacity(scheme, number));
        }
        if let Some(zone) = zone(number) {
            plain = plain.with_zone(format!("zone-{zone}"));
        }
        servers.add(plain).unwrap();
    }
    servers
}

fn candidates(continuum: &Continuum, key: &str) -> Vec<u32> {
    let mut walk = continuum.candidates(key);
    std::iter::from_fn(|| walk.next_index()).collect()
}

fn spread(continuum: &Continuum, key: &str, n: usize) -> Vec<u32> {
    let mut walk = continuum.copies_in_zones(key, n);
    std::iter::from_fn(|| walk.next_index()).collect()
}

/// The definition: the candidates by how many earlier ones share their zone.
fn literal(continuum: &Continuum, key: &str, n: usize) -> Vec<u32> {
    let mut before: BTreeMap<&str, u32> = BTreeMap::new();
    let mut ranked: Vec<(u32, u32)> = candidates(continuum, key)
        .into_iter()
        .map(|server| {
            let zone = continuum.servers().as_slice()[server as usize].zone().unwrap_or("");
            let count = before.entry(zone).or_default();
            *count += 1;
            (*count, server)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, server)| server).take(n).collect()
}

type Layout = (u32, fn(u32) -> Option<u32>);

const LAYOUTS: [Layout; 8] = [
    (12, |n| Some(n % 4)),
    (12, |n| Some(n / 7)),
    (12, |_| Some(0)),
    (12, |_| None),
    (13, |n| (n % 3 > 0).then_some(n % 3)),
    (9, Some),
    (40, |n| Some(n / 39)),
    (1, Some),
];

#[test]
fn copies_go_to_the_zones_used_least() {
    for scheme in schemes() {
        if scheme.name() == "clandestined-cluster" {
            continue; // It has zones of its own; see below.
        }
        for (count, zone) in LAYOUTS {
            let continuum = build(&scheme, &zoned(&scheme, count, zone, true));
            for key in keys(12) {
                let all = literal(&continuum, &key, usize::MAX);
                for n in [0, 1, 2, 3, 5, 12, 16, 17, 100, usize::MAX] {
                    assert_eq!(
                        spread(&continuum, &key, n),
                        all[..n.min(all.len())],
                        "{scheme}: {key}, {n} of {count}"
                    );
                }
                if (0..count).all(|number| zone(number).is_none()) {
                    let copies: Vec<&Server> = continuum.copies(&key, 5).collect();
                    let zones: Vec<&Server> = continuum.copies_in_zones(&key, 5).collect();
                    assert_eq!(copies, zones, "{scheme}");
                }
            }
        }
    }
}

#[test]
fn a_scheme_with_zones_of_its_own_agrees() {
    let scheme: Scheme = "clandestined-cluster".parse().unwrap();
    let mut servers = Servers::new();
    for number in 0..17 {
        servers.add(server(&scheme, number)).unwrap();
    }
    let continuum = build(&scheme, &servers);
    for key in keys(300) {
        for n in [1, 2, 4, 7, 16, 17, 40] {
            assert_eq!(spread(&continuum, &key, n), literal(&continuum, &key, n), "{key}, {n}");
        }
        // It takes a server of each zone in turn anyway.
        assert_eq!(spread(&continuum, &key, 4), candidates(&continuum, &key)[..4]);
    }
}

#[test]
fn a_zone_of_the_empty_text_is_no_zone() {
    let mut servers = Servers::new();
    servers.add(Server::new("a", 1).with_zone("")).unwrap();
    servers.add(Server::new("b", 1)).unwrap();
    servers.add(Server::new("c", 1).with_zone("z")).unwrap();
    let continuum = build(&"slots-1".parse().unwrap(), &servers);
    let held = continuum.copy_ownership(2);
    assert_eq!(held.zones().len(), 2);
    assert_eq!(held.zones()[0].zone, None);
    assert_eq!(held.zones()[0].servers, 2);
    assert!((held.zones()[0].share - 0.5).abs() < 1e-12, "every key has a copy in each");
    assert!((held.zones()[0].fair - 2.0 / 3.0).abs() < 1e-12);
    assert!(held.crowded() == 0.0);
}

#[test]
fn shares_of_copies_say_what_a_zone_s_loss_costs() {
    let servers = zoned(&Scheme::default(), 9, |n| Some(u32::from(n >= 6)), false);
    let continuum = build(&"rendezvous-1".parse().unwrap(), &servers);
    let held = continuum.copy_ownership(3);
    let [first, second] = held.zones() else { unreachable!() };
    assert!((held.shares().iter().sum::<f64>() - 1.0).abs() < 1e-9);
    assert!((first.share + second.share - 1.0).abs() < 1e-9);
    assert_eq!((first.most, second.most), (2, 2), "three copies over two zones");
    assert!(held.crowded() == 1.0);
    assert!(first.keys == 1.0 && second.keys == 1.0);
    // Two thirds of the first three candidates' order begin in the larger zone.
    assert!(first.share > 0.5 && first.share < first.fair, "{first:?}");
    let none = build(&Scheme::default(), &Servers::new()).copy_ownership(3);
    assert!(none.shares().is_empty() && none.zones().is_empty() && none.crowded() == 0.0);
}

#[test]
fn the_first_candidate_that_passes() {
    for scheme in schemes() {
        for count in [1, 7, 30] {
            let mut servers = Servers::new();
            for number in 0..count {
                servers.add(server(&scheme, number)).unwrap();
            }
            let continuum = build(&scheme, &servers);
            let fingerprint = continuum.fingerprint();
            let mut random = Random(u64::from(count));
            for key in keys(60) {
                let up: Vec<bool> = (0..count).map(|_| random.below(4) == 0).collect();
                let mut asked = BTreeSet::new();
                let found = continuum.resolve_index_where(&key, |server| {
                    assert!(asked.insert(server), "{scheme}: {key} asks twice");
                    up[server as usize]
                });
                let order = candidates(&continuum, &key);
                let wanted = order.iter().copied().find(|server| up[*server as usize]);
                assert_eq!(found, wanted, "{scheme}: {key}");
                assert_eq!(continuum.resolve_where(&key, |_| true), continuum.resolve(&key));
                // All down: everybody was asked, once, and there is an end.
                let mut asked = 0;
                let none = continuum.resolve_where(&key, |_| {
                    asked += 1;
                    false
                });
                assert_eq!((none, asked), (None, count), "{scheme}: {key}");
                // Only the last one up is found, wherever it stands.
                let last = *order.last().unwrap();
                assert_eq!(
                    continuum.resolve_index_where(&key, |server| server == last),
                    Some(last),
                    "{scheme}: {key}"
                );
            }
            assert_eq!(continuum.fingerprint(), fingerprint, "{scheme}");
        }
        let nobody = build(&scheme, &Servers::new());
        assert_eq!(nobody.resolve_where("key", |_| true), None, "{scheme}");
        assert_eq!(nobody.copies_in_zones("key", 3).count(), 0, "{scheme}");
    }
}

proptest! {
    #![proptest_config(crate::properties::cases(150))]

    #[test]
    fn any_zones_and_capacities(
        list in prop::collection::vec(
            (prop::option::of("[a-d]?"), prop_oneof![Just(0.0), Just(1.0), 0.0..1e3_f64, Just(1e308), Just(5e-324)]),
            0..40,
        ),
        key in "\\PC{0,20}",
        n in prop_oneof![0_usize..50, Just(usize::MAX)],
        which in 0..1000_usize,
    ) {
        let all = schemes();
        let scheme = &all[which % all.len()];
        let mut servers = Servers::new();
        for ((zone, capacity), number) in list.into_iter().zip(0_u32..) {
            let mut one = server(scheme, number).with_capacity(continuum::Capacity::try_from(capacity).unwrap());
            if scheme.name() != "clandestined-cluster" {
                one = one.with_zone(zone.unwrap_or_default());
            }
            servers.add(one).unwrap();
        }
        // Refused sets are another test's.
        if let Ok(continuum) = Continuum::with_servers(scheme.clone(), servers) {
            prop_assert_eq!(spread(&continuum, &key, n), literal(&continuum, &key, n), "{}", scheme);
            prop_assert_eq!(continuum.resolve_where(&key, |_| false), None);
        }
    }
}

// The figures.

const COPIES: usize = 3;

type Change<'a> = Box<dyn Fn(&mut Servers) + 'a>;

struct Movement {
    moved: u64,
    ideal: u64,
}

/// Copies that move between two sets beside those that must: what the new
/// servers hold, or what the ones that went held.
fn movement(
    old: &Continuum,
    placed: &[[u32; COPIES]],
    new: &Continuum,
    keys: &[String],
) -> Movement {
    let names = |continuum: &Continuum| -> Vec<String> {
        continuum.servers().iter().map(|server| server.identity().into_owned()).collect()
    };
    let (before, after) = (names(old), names(new));
    let at = |names: &[String], name: &String| {
        names.iter().position(|other| other == name).map(|at| u32::try_from(at).unwrap())
    };
    let in_new: Vec<Option<u32>> = before.iter().map(|name| at(&after, name)).collect();
    let comes: Vec<bool> = after.iter().map(|name| at(&before, name).is_none()).collect();
    let (mut moved, mut arrived, mut lost) = (0, 0, 0);
    for (key, left) in keys.iter().zip(placed) {
        let there = left.map(|server| in_new[server as usize]);
        lost += there.iter().filter(|server| server.is_none()).count() as u64;
        let mut copies = new.copies_in_zones(key, COPIES);
        while let Some(server) = copies.next_index() {
            arrived += u64::from(comes[server as usize]);
            moved += u64::from(!there.contains(&Some(server)));
        }
    }
    Movement { moved, ideal: arrived.max(lost) }
}

struct Figures {
    /// Keys two of whose copies share a zone.
    crowded: u64,
    /// Busiest server and zone over their part of the capacity.
    server: f64,
    zone: f64,
    /// Add, remove, loss of a zone: over the ideal.
    ratios: [f64; 3],
}

#[expect(clippy::cast_precision_loss, reason = "counts of keys")]
fn figures(scheme: &Scheme, zones: u32, each: u32, mixed: bool, keys: &[String]) -> Figures {
    let zone = |number: u32| Some(number % zones);
    let set = zoned(scheme, zones * each, zone, mixed);
    let old = build(scheme, &set);
    let mut crowded = 0;
    let mut held = vec![0_u64; set.len()];
    let mut placed = Vec::with_capacity(keys.len());
    for key in keys {
        let mut copies = old.copies_in_zones(key, COPIES);
        let row = [(); COPIES].map(|()| copies.next_index().unwrap());
        let in_zone = row.map(|server| server % zones);
        crowded += u64::from((1..COPIES).any(|at| in_zone[..at].contains(&in_zone[at])));
        for server in row {
            held[server as usize] += 1;
        }
        placed.push(row);
    }
    let all = (keys.len() * COPIES) as f64;
    let fair = old.fair_shares();
    let server =
        held.iter().zip(fair).map(|(held, fair)| *held as f64 / all / fair).fold(0.0, f64::max);
    let zone_peak = (0..zones as usize)
        .map(|zone| {
            let of = |at: &usize| at % zones as usize == zone;
            let held: u64 = (0..held.len()).filter(of).map(|at| held[at]).sum();
            let fair: f64 = (0..fair.len()).filter(of).map(|at| fair[at]).sum();
            held as f64 / all / fair
        })
        .fold(0.0, f64::max);
    let changes: [Change<'_>; 3] = [
        Box::new(|set| {
            let more = zoned(scheme, zones * each + 1, zone, mixed);
            set.add(more.as_slice().last().unwrap().clone()).unwrap();
        }),
        Box::new(|set| drop(set.remove("10.0.0.8:11311").unwrap())),
        Box::new(|set| {
            let lost: Vec<String> = set
                .iter()
                .filter(|server| server.zone() == Some("zone-1"))
                .map(|server| server.identity().into_owned())
                .collect();
            for server in lost {
                set.remove(&server).unwrap();
            }
        }),
    ];
    let ratios = changes.map(|change| {
        let mut set = set.clone();
        change(&mut set);
        let Movement { moved, ideal } = movement(&old, &placed, &build(scheme, &set), keys);
        moved as f64 / ideal as f64
    });
    Figures { crowded, server, zone: zone_peak, ratios }
}

const HEAD: &str = "\
# Copies over zones

`copies_in_zones(key, n)` orders the candidates of a key by how many earlier candidates stand in the same zone: first the
first server of every zone, then the second of every zone, and so on, each round in the candidates' own order. With fewer
zones than copies, the zones used least get a second copy. Servers without a zone, or with an empty one, share one unnamed
zone, since nobody knows that they are apart; [assignments](ASSIGNMENT.md) count them in the same way.

- **The copies for n are the first n of those for n + 1.** One more copy moves none.
- **One server more or less changes at most one copy of a key**, wherever the scheme leaves the order of the other
  candidates as it was: rendezvous and rings of points that belong to one server alone. Why: within the zone of the
  server that goes, those behind it move up one place each, and no other zone's servers change theirs; so of the first
  n, all stay but that server, and one comes.
- **n copies over z ≤ n zones use every zone**, whatever its capacity: a zone can hold no more than one copy of a key in
  each round. With n = z every zone holds one nth of all copies. A server that makes up more than one nth of the
  capacity cannot get its share of n copies in any case. `copy_ownership(n)` counts what servers and zones hold.
- After the loss of a zone with n = z, keys still have all n copies, two of them in one zone; choosing zones first and
  servers within them afterwards would leave keys one copy short.

The tables are written by the test `copies_move_as_the_document_says` (`UPDATE=1 cargo test -p continuum-hash copies`).
*Peak* is what the busiest server (or zone) holds, over its part of the capacity. *Add*, *remove* and *lose a zone* count
the copies that go to a server that did not have them, over the least possible: what arrives at the new server, or what
was on the servers that went.

";

fn row(table: &mut String, name: &str, figures: &Figures) {
    let Figures { crowded, server, zone, ratios: [add, remove, lose] } = figures;
    writeln!(
        table,
        "| `{name}` | {crowded} | {server:.3} | {zone:.3} | {add:.3} | {remove:.3} | {lose:.3} |"
    )
    .unwrap();
}

const COLUMNS: &str = "\
| scheme | keys with two copies in a zone | peak server | peak zone | add | remove | lose a zone |
|---|---:|---:|---:|---:|---:|---:|
";

#[test]
fn copies_move_as_the_document_says() {
    let keys = keys(20_000);
    let ours = ["slots-1", "rendezvous-1", "ring-1"];
    let mut page = HEAD.to_owned();
    for (title, zones, each, mixed) in [
        ("5 zones of 6 servers, 3 copies, 20,000 keys", 5, 6, false),
        ("The same with capacities 1, 2 and 4", 5, 6, true),
        ("3 zones of 10 servers, 3 copies, 20,000 keys", 3, 10, false),
        ("2 zones of 15 servers, 3 copies, 20,000 keys", 2, 15, false),
    ] {
        write!(page, "## {title}\n\n{COLUMNS}").unwrap();
        for name in ours {
            let scheme: Scheme = name.parse().unwrap();
            let figures = figures(&scheme, zones, each, mixed, &keys);
            row(&mut page, name, &figures);
            println!(
                "{title}: {name}: {} keys with two copies in a zone; add, remove, lose a zone: {:?}",
                figures.crowded, figures.ratios
            );
            if zones == 5 {
                assert_eq!(figures.crowded, 0, "{name}");
                assert!(figures.ratios.iter().all(|ratio| *ratio <= 1.01), "{name}");
            }
            if name != "slots-1" {
                assert!(figures.ratios.iter().all(|ratio| *ratio == 1.0), "{name}");
            }
        }
        page.push('\n');
    }
    page.push_str(OTHERS);
    page.push_str(COLUMNS);
    for entry in continuum::Scheme::catalogue() {
        let scheme = entry.scheme();
        if ours.contains(&entry.name()) || ["clandestined-cluster", APART].contains(&entry.name()) {
            continue;
        }
        row(&mut page, entry.name(), &figures(&scheme, 5, 6, false, &keys[..10_000]));
    }
    crate::checksums::up_to_date("docs/COPIES.md", &page);
}

const OTHERS: &str = "\
## Every other scheme

5 zones of 6 servers, 3 copies, the first 10,000 of the keys. `clandestined-cluster` is left out: its zones are part of
its map, and a loss of one changes owners by its own rule. So is `nginx-split-clients`, which has percentages of a whole
in place of servers. The server added stands at the end of the list, the one removed is the eighth: schemes that number
servers by their place pay for the latter.

";
