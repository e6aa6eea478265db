//! Our own schemes: recorded answers for other implementations, worked values
//! for the documents, and the figures that they promise.

use std::fmt::Write as _;

use continuum::plan::Matching;
use continuum::{Capacity, Continuum, Plan, Scheme, Server, Servers};
use serde_json::{Value, json};

use crate::checksums::up_to_date;
use crate::fixtures::{Random, build};
use crate::reference_ours::{key_hash, key_of_slot, worked};

/// Names the folder's file of keys: 694 keys of 0 to 277 bytes, not all UTF-8.
const KEYS: &str = "0b0eecae93";

fn equal(count: u32) -> Vec<Server> {
    (0..count).map(|n| Server::new(format!("10.0.0.{}", n + 1), 11211).with_id(n)).collect()
}

fn mixed(count: u32) -> Vec<Server> {
    let step = |n: u32| [1_u32, 2, 4][n as usize % 3];
    equal(count).into_iter().zip(0..).map(|(server, n)| server.with_capacity(step(n))).collect()
}

/// Fractions, a drained one, IPv6, a name, no port, a socket, a giant.
fn odd() -> Vec<Server> {
    let capacity = |text: &str| text.parse::<Capacity>().unwrap();
    vec![
        Server::new("cache-a", 11211).with_capacity(capacity("0.3")),
        Server::new("2001:db8::7", 11211).with_capacity(capacity("2.5")),
        Server::new("10.0.0.9", 11211).with_capacity(0),
        Server::new("10.0.0.7", 11211).with_name("Zürich-7"),
        Server::without_port("node-12").with_capacity(capacity("0.007")),
        Server::without_port("/run/memcached.sock").with_capacity(3),
        Server::new("10.0.0.200", 1).with_capacity(capacity("1e-30")),
    ]
}

fn shards(ids: &[u32]) -> Vec<Server> {
    ids.iter().map(|id| Server::new(format!("shard-{id}"), 6379).with_id(*id)).collect()
}

fn json_of(server: &Server) -> Value {
    let mut object = json!({ "host": server.host(), "weight": server.capacity().get() });
    let fields = object.as_object_mut().unwrap();
    if let Some(port) = server.port() {
        fields.insert("port".to_owned(), port.into());
    }
    if let Some(name) = server.name() {
        fields.insert("name".to_owned(), name.into());
    }
    if let Some(id) = server.id() {
        fields.insert("id".to_owned(), id.into());
    }
    object
}

fn keys() -> Vec<Vec<u8>> {
    let file = format!("{}/../../vectors/keys/{KEYS}.hex", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| {
            let digit = |at: usize| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
            (0..line.len()).step_by(2).map(digit).collect()
        })
        .collect()
}

fn set_of(list: &[Server]) -> Servers {
    let mut servers = Servers::new();
    for server in list {
        servers.add(server.clone()).unwrap();
    }
    servers
}

/// Answers for who implements a scheme anew: owners of many keys, and whole
/// orders of a few.
#[test]
fn recorded_answers_are_up_to_date() {
    let sets = [
        ("slots-1", "equal10", equal(10)),
        ("slots-1", "odd", odd()),
        ("slots-1:slots=1024", "mixed40", mixed(40)),
        ("slots-1:slots=1000,slack=0", "mixed12", mixed(12)),
        ("slots-1:slots=256,slack=0.25", "odd", odd()),
        ("slots-1:slots=64,slack=off", "mixed12", mixed(12)),
        ("slots-1:slots=1", "one", equal(1)),
        ("rendezvous-1", "equal10", equal(10)),
        ("rendezvous-1", "mixed40", mixed(40)),
        ("rendezvous-1", "odd", odd()),
        ("ring-1", "equal10", equal(10)),
        ("ring-1", "odd", odd()),
        ("ring-1:points=1", "mixed40", mixed(40)),
        ("jumpback", "equal10", equal(10)),
        ("jumpback:draws=xorshift", "equal40", equal(40)),
        ("jumpback:key=xxh64", "equal40", equal(40)),
        ("jumpback-holes-1", "few", shards(&[0, 255, 17, 3])),
        ("jumpback-holes-1:slots=10", "full", shards(&[9, 8, 7, 6, 5, 4, 3, 2, 1, 0])),
        ("jumpback-holes-1:slots=100,key=xxh64", "half", shards(&(0..50).collect::<Vec<_>>())),
    ];
    let keys = keys();
    let rows: Vec<String> = sets
        .into_iter()
        .map(|(text, name, list)| {
            let continuum = build(&text.parse().unwrap(), &set_of(&list));
            let index: Vec<u32> =
                keys.iter().map(|key| continuum.resolve_index(key).unwrap()).collect();
            let cases: Vec<Value> = ["", "a", "key-17", "user:42:profile"]
                .into_iter()
                .map(|key| {
                    let mut order = continuum.candidates(key);
                    let order: Vec<u32> = std::iter::from_fn(|| order.next_index()).collect();
                    json!({ "key": key, "server_indexes": order })
                })
                .collect();
            let servers: Vec<Value> = list.iter().map(json_of).collect();
            json!({
                "scheme": text, "name": name, "system": "Continuum", "version": "1",
                "how_obtained": "tests/ours.rs, equal to tests/reference_ours.rs",
                "servers": servers, "keys": KEYS, "index": index, "cases": cases,
            })
            .to_string()
        })
        .collect();
    up_to_date("vectors/own.json", &format!("[\n{}\n]\n", rows.join(",\n")));
}

const MARK: &str = "<!-- Worked values, written by a test: UPDATE=1 cargo test -->\n";

/// A document whose part behind the mark is made here.
fn document(file: &str, values: &str) {
    let path = format!("{}/../../{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let (head, _) = text.split_once(MARK).unwrap();
    up_to_date(file, &format!("{head}{MARK}{values}"));
}

fn example() -> Servers {
    Servers::from_texts(["a:80", "b:80", "c:80=2", "d:80=0.5"]).unwrap()
}

const EXAMPLE: &str = "\
Servers `a:80` and `b:80` of capacity 1, `c:80` of 2, `d:80` of 0.5. The largest exponent is 1, that of `c:80`.
";

fn owners(text: &str, servers: &Servers, keys: &[&[u8]]) -> String {
    let continuum = build(&text.parse().unwrap(), servers);
    let mut rows = String::from("\n| key | position | candidates, owner first |\n|---|---|---|\n");
    for key in keys {
        let order: Vec<String> =
            continuum.candidates(*key).map(|server| format!("`{}`", server.identity())).collect();
        let position = continuum.position(key).unwrap();
        let shown = key.escape_ascii();
        writeln!(rows, "| `b\"{shown}\"` | `{position:#018x}` | {} |", order.join(", ")).unwrap();
    }
    rows
}

fn scores(key: u64) -> String {
    let mut rows =
        String::from("\n| server | hash | draw | E, bits | score, bits |\n|---|---|---|---|---|\n");
    for server in &example() {
        let capacity = server.capacity().get();
        let (hash, draw, log, score) = worked(&server.identity(), capacity, 1, key);
        let name = server.identity();
        writeln!(
            rows,
            "| `{name}` | `{hash:#018x}` | `{draw:#010x}` | `{log:#010x}` | `{score:#010x}` |"
        )
        .unwrap();
    }
    rows
}

const SOME: [&[u8]; 5] = [b"", b"a", b"key-17", b"user:42:profile", b"\xff\x00"];

#[test]
fn the_documents_have_worked_values() {
    let key = key_hash(b"user:42:profile");
    document(
        "docs/schemes/rendezvous-1.md",
        &format!(
            "\n{EXAMPLE}\nThe key `user:42:profile`, whose hash is `{key:#018x}`:\n{}{}",
            scores(key),
            owners("rendezvous-1", &example(), &SOME)
        ),
    );
    let slot = key_of_slot(0);
    document(
        "docs/schemes/slots-1.md",
        &format!(
            "\n{EXAMPLE}\nSlot 0, whose key is `{slot:#018x}`:\n{}\n`slots-1:slots=8,slack=0`:\n{}\n`slots-1`:\n{}",
            scores(slot),
            owners("slots-1:slots=8,slack=0", &example(), &SOME),
            owners("slots-1", &example(), &SOME)
        ),
    );
    document(
        "docs/schemes/ring-1.md",
        &format!("\n{EXAMPLE}{}", owners("ring-1", &example(), &SOME)),
    );
    let seven: Vec<Server> = shards(&[0, 1, 2, 3, 4, 5, 6]);
    document(
        "docs/schemes/jumpback.md",
        &format!(
            "\nSeven servers, `shard-0:6379` to `shard-6:6379`, in this order. `jumpback`:\n{}\n`jumpback:draws=xorshift`:\n{}",
            owners("jumpback", &set_of(&seven), &SOME),
            owners("jumpback:draws=xorshift", &set_of(&seven), &SOME)
        ),
    );
    document(
        "docs/schemes/jumpback-holes-1.md",
        &format!(
            "\n`jumpback-holes-1:slots=16`, shards 0, 3, 4, 9 and 15:\n{}",
            owners("jumpback-holes-1:slots=16", &set_of(&shards(&[0, 3, 4, 9, 15])), &SOME)
        ),
    );
}

/// Ten thousand random changes, none of which moves a slot needlessly.
#[test]
fn without_caps_no_change_is_needless() {
    let scheme: Scheme = "slots-1:slots=256,slack=off".parse().unwrap();
    let mut random = Random(5);
    let mut old = build(&scheme, &set_of(&mixed(12)));
    let mut moved = 0;
    for number in 0..10_000_u32 {
        let capacity = match random.below(1000) {
            0..100 => Capacity::ZERO,
            100..130 => Capacity::try_from(0.001).unwrap(),
            130 => Capacity::try_from(1e12).unwrap(),
            131 => Capacity::try_from(1e300).unwrap(),
            // Thirds, tenths: capacities whose inverse rounds.
            _ => Capacity::try_from((1.0 + f64::from(number % 97)) / 30.0).unwrap(),
        };
        let count = old.servers().len();
        let kind = match count {
            0..3 => 0,
            3..=40 => random.below(3),
            _ => 2,
        };
        let picked = old.servers().as_slice()[random.index(count.max(1))].clone();
        let mut new = old.clone();
        new.update(|servers| match kind {
            0 => servers.add(Server::new(format!("new-{number}"), 1).with_capacity(capacity)),
            1 => servers.set_capacity(&picked.identity(), capacity).map(drop),
            _ => servers.remove(&picked.identity()).map(drop),
        })
        .unwrap();
        let plan = Plan::between(&old, &new, Matching::Identity);
        assert!(plan.is_exact());
        // Nobody owns anything while all are drained; what then comes or goes
        // moves between a server and nobody.
        let changed =
            if kind == 0 { format!("new-{number}:1") } else { picked.identity().into_owned() };
        let grows = kind == 0 || kind == 1 && capacity > picked.capacity();
        for flow in plan.flows() {
            let side = if grows { flow.to } else { flow.from };
            let side = side.map(|side| &*plan.servers()[side as usize].identity);
            assert_eq!(side, Some(&*changed), "change {number}");
        }
        assert!(plan.needless() == 0.0);
        moved += usize::from(!plan.flows().is_empty());
        old = new;
    }
    println!("10000 changes, {moved} of them move something, nothing needlessly");
    assert!(moved > 5000, "{moved}");
}

/// What the documents say of the default: the peak, and movement over the least.
#[test]
fn slots_1_is_even_and_moves_little() {
    let scheme = Scheme::catalogue().iter().find(|entry| entry.name() == "slots-1").unwrap();
    let scheme = scheme.scheme();
    for mixed in [false, true] {
        let (mut peak, mut ratios) = (0.0_f64, [0.0; 3]);
        for seed in 1..=10 {
            let mut random = Random(seed);
            let server = |number: usize| {
                let capacity = if mixed { [1_u32, 2, 4][number % 3] } else { 1 };
                Server::new(format!("10.{seed}.0.{number}"), 11211).with_capacity(capacity)
            };
            let old = build(&scheme, &set_of(&(0..100).map(server).collect::<Vec<_>>()));
            peak = peak.max(old.ownership().peak());
            for (kind, ratio) in ratios.iter_mut().enumerate() {
                let picked = server(random.index(100));
                let mut new: Continuum = old.clone();
                new.update(|servers| match kind {
                    0 => servers.add(server(100)),
                    1 => servers.remove(&picked.identity()).map(drop),
                    _ => {
                        let twice = Capacity::try_from(2.0 * picked.capacity().get())?;
                        servers.set_capacity(&picked.identity(), twice).map(drop)
                    }
                })
                .unwrap();
                let plan = Plan::between(&old, &new, Matching::Identity);
                *ratio += plan.moved() / plan.least() / 10.0;
                peak = peak.max(plan.peaks().1);
            }
        }
        println!("mixed {mixed}: peak {peak:.4}, add, remove, weight x2: {ratios:.3?}");
        assert!(peak <= 1.052, "{peak}");
        assert!(ratios.into_iter().all(|ratio| ratio <= 1.05), "{ratios:?}");
    }
}

#[test]
fn advice_counts_slots_a_server() {
    let advice = |text: &str, count: u32| {
        let advice = build(&text.parse().unwrap(), &set_of(&equal(count))).advice();
        advice.first().map(|advice| advice.message().to_owned())
    };
    assert_eq!(advice("slots-1", 128), None);
    let says = advice("slots-1", 129).unwrap();
    assert!(says.starts_with("65536 slots are 508 for each of 129 servers"), "{says}");
    assert!(says.contains("slots=131072"), "{says}");
    assert!(advice("slots-1:slack=off", 200).unwrap().contains("vary"));
    let says = advice("jumpback-holes-1", 16).unwrap();
    assert!(says.contains("tries 16 numbers"), "{says}");
    assert_eq!(advice("jumpback-holes-1:slots=128", 16), None);
}

#[test]
fn shards_without_a_number_of_their_own_are_refused() {
    for (servers, says) in [
        (vec![Server::new("a", 1)], "it has no id"),
        (shards(&[256]), "its id 256 is not below slots=256"),
        (
            vec![Server::new("a", 1).with_id(3), Server::new("b", 1).with_id(3)],
            "is that of 'a:1' too",
        ),
    ] {
        let scheme = "jumpback-holes-1".parse().unwrap();
        let error = Continuum::with_servers(scheme, set_of(&servers)).unwrap_err();
        assert!(error.is_invalid_server() && error.to_string().contains(says), "{error}");
    }
    let many = "slots-1:slots=16777216".parse().unwrap();
    let mut servers = Servers::new();
    for number in 0..5000 {
        servers.add(Server::new(format!("host-{number}"), 1)).unwrap();
    }
    assert!(Continuum::with_servers(many, servers).unwrap_err().is_over_limit());
}
