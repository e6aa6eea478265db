use super::read;
use crate::testing::{file, json_tree, only, shown};

fn one(text: &str) -> Vec<String> {
    shown(read(&json_tree(text), &file()))
}

#[test]
fn pools_with_their_routes() {
    let text = r#"{
      // two pools
      "pools": {
        "A": {"servers": ["10.0.0.1:11211", "[::1]:5000:ascii:plain"]}, /* and
        another */
        "B": {"servers": ["a:1", "b:2"], "weights": [1, 0.5]},
        "C": {"servers": ["c:1"], "tags": ["x"]},
        "D": {"servers": ["d:1"]}
      },
      "route": {"type": "OperationSelectorRoute", "default_policy": "PoolRoute|A",
        "operation_policies": {"get": ["PoolRoute|A", {"type": "PoolRoute", "pool": "B",
          "hash": {"hash_func": "WeightedCh3"}}],
          "set": {"type": "HashRoute", "children": "Pool|C", "hash_func": "Rendezvous"}}}
    }"#;
    assert_eq!(
        one(text),
        [
            "A mcrouter | 10.0.0.1:11211 [::1]:5000",
            "B mcrouter:hash=weighted-ch3 | a:1 b:2=0.5",
            "C mcrouter:hash=rendezvous | x<c:1>",
            "D - no PoolRoute or HashRoute uses it",
        ]
    );
    let draft = only(read(
        &json_tree("{\"pools\":\n{\"A\":\n{\"servers\":[\n\"a:1\"]}},\"route\":\"PoolRoute|A\"}"),
        &file(),
    ));
    assert_eq!(draft.place.line(), 2);
    assert_eq!(draft.servers[0].1.line(), 4);
}

#[test]
fn refuses_by_name() {
    let config = |pool: &str, route: &str| {
        format!("{{\"pools\": {{\n\"A\": {pool}}},\n\"route\": {route}}}")
    };
    let good = "{\"servers\": [\"a:1\", \"b:1\"]}";
    let route = "\"PoolRoute|A\"";
    assert!(one(&config(good, route))[0].starts_with("A mcrouter"));
    for (pool, route, says) in [
        (good, "\"PoolRoute|B\"", "f:3: a route uses pool 'B', which is not here"),
        (good, "\"PoolRoute|A|Crc32\"", "f:3: hash function 'Crc32' is none of Ch3"),
        (good, "{\"type\":\"PoolRoute\"}", "f:3: PoolRoute without a pool"),
        (good, "{\"type\":\"PoolRoute\",\"pool\":{}}", "f:3: a pool in its route has no name"),
        (
            good,
            "{\"type\":\"PoolRoute\",\"pool\":\"A\",\"hsah\":1}",
            "f:3: PoolRoute: unknown setting 'hsah'",
        ),
        (
            good,
            "{\"type\":\"PoolRoute\",\"pool\":\"A\",\"hash\":\"WeightedCh3\"}",
            "f:3: weighted-ch3 without weights",
        ),
        (
            good,
            "{\"type\":\"PoolRoute\",\"pool\":\"A\",\"hash\":\"Rendezvous\"}",
            "f:3: rendezvous without tags",
        ),
        (good, "\"@import(x)\"", "f:3: route '@import(x)' is not covered"),
        ("{\"inherit\": \"B\"}", route, "f:2: the pool: unknown setting 'inherit'"),
        ("{}", route, "f:2: has no servers"),
        ("{\"servers\": [\"a\"]}", route, "f:2: server 'a': has no port"),
        ("{\"servers\": [\"a:1:bin\"]}", route, "f:2: server 'a:1:bin': 'bin' is not known"),
        ("{\"servers\": [\"%a%:1\"]}", route, "f:2: server '%a%:1': this macro is not covered"),
        ("{\"servers\": [7]}", route, "f:2: a server must be a text, and is '7'"),
        (
            "{\"servers\": [\"a:1\"], \"weights\": [2]}",
            "{\"type\":\"PoolRoute\",\"pool\":\"A\",\"hash\":\"WeightedCh3\"}",
            "f:2: weight 2 is out of its range",
        ),
    ] {
        let found: Vec<String> =
            one(&config(pool, route)).into_iter().filter(|line| line.starts_with('!')).collect();
        assert!(!found.is_empty(), "{pool} {route}");
        assert!(found[0].starts_with(&format!("! {says}")), "{pool} {route}: {found:?}");
    }
}

#[test]
fn what_mcrouter_takes_is_taken() {
    let text = r#"{
      "macros": {"port": {"type": "constDef", "result": "11211"},
        "host": {"type": "macroDef", "params": ["n"], "result": "10.0.0.%n%:%port%"}},
      "pools": {
        "A": {"servers": ["@host(1)", "@host(2)", "@host(2)",], "weights": [1, 0.25, 1, 1, 1]},
        "B": {"inherit": "A"},
      },
      "named_handles": [{"type": "PoolRoute", "name": "a", "pool": "A",
        "hash": {"hash_func": "WeightedCh3", "salt": "s"}, "shard_splits": {"x": 2}}],
      "route": {"type": "AllSyncRoute", "children": ["a", "HashRoute|Pool|A",
        "PoolRoute|B", {"type": "PoolRoute", "pool": {"name": "C", "servers": ["c:1"]}},
        {"type": "PoolRoute", "pool": "A", "hash": "ConstShard"}]}
    }"#;
    assert_eq!(
        one(text),
        [
            "! f:12: hash function 'ConstShard' is none of Ch3, WeightedCh3, Rendezvous, \
             WeightedRendezvous",
            "A mcrouter | 10.0.0.1:11211 10.0.0.2:11211 10.0.0.2:11211",
            "A mcrouter:hash=weighted-ch3 | 10.0.0.1:11211 10.0.0.2:11211=0.25 10.0.0.2:11211",
            "! f:6: the pool: unknown setting 'inherit'",
            "C mcrouter | c:1",
        ]
    );
    let found = read(&json_tree(text), &file()).unwrap();
    let crate::draft::Found::Pool(draft) = &found[2] else { panic!("{found:?}") };
    assert_eq!(draft.key.to_string(), "the key up to |#|, with salt 's'");
    let notes: Vec<&str> = draft.notes.iter().map(|note| note.about()).collect();
    assert_eq!(notes, ["weights", "shard_splits"]);
    assert_eq!(&*draft.key.part(b"/r/c/k|#|x"), b"ks");
}
