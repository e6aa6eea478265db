//! Who moves what: schemes that say they move the minimum are held to it, and
//! schemes that say they do not are shown to move more.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use continuum::scheme::{Capacities, Order};
use continuum::{Capacity, Continuum, Scheme, Servers};

use crate::fixtures::{build, capacity, keys, owner, schemes, server, servers};

/// What a change moved, in keys.
#[derive(Default)]
struct Moved {
    /// From one owner to another.
    all: usize,
    /// Between two servers that stay as they are.
    needless: usize,
}

/// Owners of the keys, and the identities of all servers.
struct Map {
    owners: Vec<u32>,
    identities: Vec<String>,
}

impl Map {
    fn of(continuum: &Continuum, keys: &[&str]) -> Self {
        let mut owners = vec![0; keys.len()];
        continuum.resolve_all(keys, &mut owners);
        let identities = continuum.servers().iter().map(|server| server.identity().into_owned());
        Self { owners, identities: identities.collect() }
    }
}

fn moved(before: &Map, after: &Map, changed: &str) -> Moved {
    let there: Vec<Option<u32>> = before
        .identities
        .iter()
        .map(|one| after.identities.iter().position(|other| other == one))
        .map(|at| at.map(|at| u32::try_from(at).unwrap()))
        .collect();
    let is_changed = |map: &Map, owner: u32| {
        map.identities.get(owner as usize).is_some_and(|identity| identity == changed)
    };
    let mut moved = Moved::default();
    for (from, to) in before.owners.iter().copied().zip(after.owners.iter().copied()) {
        // Whoever has no owner, `NO_OWNER`, has none after either.
        let stays = there.get(from as usize).map_or(from == to, |there| *there == Some(to));
        if !stays {
            moved.all += 1;
            moved.needless += usize::from(!is_changed(before, from) && !is_changed(after, to));
        }
    }
    moved
}

/// Adding, removing and doubling one server of each set, at several places.
fn changes(scheme: &Scheme, keys: &[&str]) -> [Moved; 3] {
    let map = |set: &Servers| Map::of(&build(scheme, set), keys);
    let mut sums = <[Moved; 3]>::default();
    let weighted = scheme.capacities() != Capacities::Ignored;
    let mut sets = [(5, false), (10, false), (10, weighted), (47, false)]
        .map(|(count, mixed)| (count, servers(scheme, count, mixed)))
        .to_vec();
    if scheme.name() == "apisix" {
        // Weights have a common divisor, until one changes; or get one by it.
        for first in [2_u32, 1] {
            let mut set = servers(scheme, 10, false);
            for number in 0..10 {
                let identity = server(scheme, number).identity().into_owned();
                set.set_capacity(&identity, if number == 0 { first } else { 2 }).unwrap();
            }
            sets.push((10, set));
        }
    }
    for (count, set) in sets {
        let base = map(&set);
        for place in [0, count / 2, count] {
            let new = server(scheme, count + 1).with_capacity(capacity(scheme, place));
            let mut more = Servers::new();
            for (at, old) in (0_u32..).zip(&set) {
                if at == place {
                    more.add(new.clone()).unwrap();
                }
                more.add(old.clone()).unwrap();
            }
            if place == count {
                more.add(new.clone()).unwrap();
            }
            let grown = map(&more);
            let identity = new.identity().into_owned();
            add(&mut sums[0], &moved(&base, &grown, &identity));
            add(&mut sums[1], &moved(&grown, &base, &identity));
            if weighted {
                let changed = set.as_slice()[place.min(count - 1) as usize].identity().into_owned();
                let mut heavier = set.clone();
                let twice = match scheme.capacities() {
                    Capacities::UpTo(1) => 0.5,
                    Capacities::Whole(1) => 0.0,
                    _ => 2.0 * set.as_slice()[place.min(count - 1) as usize].capacity().get(),
                };
                heavier.set_capacity(&changed, Capacity::try_from(twice).unwrap()).unwrap();
                add(&mut sums[2], &moved(&base, &map(&heavier), &changed));
            }
        }
    }
    sums
}

fn add(sum: &mut Moved, more: &Moved) {
    sum.all += more.all;
    sum.needless += more.needless;
}

#[test]
fn schemes_move_what_they_say() {
    let texts = keys(4000);
    let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut table = String::from("| scheme | add | remove | weight |\n|---|---|---|---|\n");
    let mut shown = Vec::new();
    for scheme in schemes() {
        // A ring of 32 bits under a hash of 15: what one server owns cannot be
        // shown to move between others.
        let ten = build(&scheme, &servers(&scheme, 10, false));
        let owners: BTreeSet<_> = keys.iter().map(|key| owner(&ten, key)).collect();
        if owners.len() == 1 {
            writeln!(table, "| `{scheme}` | one server | owns | every key |").unwrap();
            continue;
        }
        let sums = changes(&scheme, &keys);
        let minimal = scheme.minimal();
        let says = [minimal.add, minimal.remove, minimal.weight];
        let mut cells = Vec::new();
        for ((name, says), moved) in ["add", "remove", "weight"].iter().zip(says).zip(&sums) {
            if *name == "weight" && scheme.capacities() == Capacities::Ignored {
                cells.push("no weights".to_owned());
                continue;
            }
            // With so many slots a server, caps hardly bind: see the smaller table. A new first
            // point, or a third server on one point, is too rare for these keys: Enyim's other
            // rings show the former. Of carbon's points few meet, and one that is moved on owns
            // a single place needlessly.
            let rare = ["slots-1", "enyim", "xmemcached:hash=crc32"]
                .contains(&&*scheme.to_string())
                || scheme.name() == "graphite-carbon"
                || scheme.to_string().contains("dialect=3.1");
            assert_eq!(
                moved.needless == 0,
                says || rare && moved.needless == 0,
                "{scheme} says that {name} {} the minimum, but {} of {} moved keys moved needlessly",
                if says { "moves" } else { "does not move" },
                moved.needless,
                moved.all
            );
            #[expect(clippy::cast_precision_loss, reason = "counts of keys")]
            let percent = 100.0 * moved.needless as f64 / moved.all as f64;
            cells.push(if says {
                "minimal".to_owned()
            } else if percent < 0.5 {
                "below 0.5 % needless".to_owned()
            } else {
                format!("{percent:.0} % needless")
            });
        }
        // Another hash moves as much: only what promises otherwise gets a row.
        let kind = (scheme.name(), minimal, scheme.order(), scheme.capacities());
        if !shown.contains(&kind) {
            writeln!(table, "| `{scheme}` | {} |", cells.join(" | ")).unwrap();
            shown.push(kind);
        }
    }
    let page = format!("{HEAD}{}{MOVEMENT}{table}", catalogue());
    crate::checksums::up_to_date("docs/SCHEMES.md", &page);
}

/// One row a scheme, with a link to its page, which must be there.
fn catalogue() -> String {
    let mut rows = String::from(
        "| scheme | whose answers | order of servers | capacities | proven by |\n|---|---|---|---|---:|\n",
    );
    for entry in Scheme::catalogue() {
        let name = entry.name();
        let page = format!("{}/../../docs/schemes/{name}.md", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&page).exists(), "docs/schemes/{name}.md is missing");
        let scheme = entry.scheme();
        let order = match scheme.order() {
            Order::Free => "free",
            Order::Ties => "ties",
            Order::Positional => "**positional**",
        };
        let proven = match entry.proven() {
            0 => "—".to_owned(),
            answers => thousands(answers),
        };
        writeln!(
            rows,
            "| [`{name}`](schemes/{name}.md) | {} {} | {order} | {} | {proven} |",
            entry.program(),
            entry.versions(),
            scheme.capacities(),
        )
        .unwrap();
    }
    rows
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
    groups.join(",")
}

const HEAD: &str = "\
# Schemes

Every scheme there is. Its page states the rule, the quirks, the versions covered, how it was proven, and what is not
covered. `continuum schemes NAME` shows its options. This page is written by the test `schemes_move_what_they_say`.

*Order of servers*: whether the order in which servers are listed decides who owns what: not at all (*free*), only for
positions that two servers share (*ties*), or throughout, because the scheme numbers servers by their place in the list
(*positional*). *Proven by*: answers of the real program that ours were compared with, key by key. Order and capacities
are those of the scheme at its defaults; options can change them.

";

const MOVEMENT: &str = "
## What a change moves

4,000 keys over sets of 5, 10 and 47 servers (equal, and of capacity 1, 2, 4); one server added, removed, or doubled in
capacity, at the front, in the middle and at the end. *Minimal*: not one key moved between two servers that stayed as
they were. Otherwise the share of the moved keys that did so. A row stands for the variants behind it that promise the
same, such as other hashes; the test holds each of them to its promise.

";
