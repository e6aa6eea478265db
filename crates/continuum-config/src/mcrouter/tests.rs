mod routes;

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
        "C": {"servers": ["c:1"]},
        "D": {"servers": ["d:1"]}
      },
      "route": {"type": "OperationSelectorRoute", "default_policy": "PoolRoute|A",
        "operation_policies": {"get": ["PoolRoute|A", {"type": "PoolRoute", "pool": "B",
          "hash": {"hash_func": "WeightedCh3"}}],
          "set": {"type": "HashRoute", "children": "Pool|C", "hash_func": "Rendezvous",
            "tags": ["x"]}}}
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
        ("{\"inherit\": \"B\"}", route, "f:2: inherit: pool 'B' is not here"),
        ("{\"inherit\": \"A\"}", route, "f:2: inherit: pool 'A' inherits from itself"),
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
            "A[hash=weighted-ch3,salt=s] mcrouter:hash=weighted-ch3 | 10.0.0.1:11211 \
             10.0.0.2:11211=0.25 10.0.0.2:11211",
            "A mcrouter | 10.0.0.1:11211 10.0.0.2:11211 10.0.0.2:11211",
            "B mcrouter:hash=weighted-ch3 | 10.0.0.1:11211 10.0.0.2:11211=0.25 10.0.0.2:11211",
            "C mcrouter | c:1",
        ]
    );
    let found = read(&json_tree(text), &file()).unwrap();
    let crate::draft::Found::Pool(draft) = &found[1] else { panic!("{found:?}") };
    assert_eq!(draft.key.to_string(), "the key up to |#|, with salt 's'");
    let notes: Vec<&str> = draft.notes.iter().map(|note| note.about()).collect();
    assert_eq!(notes, ["weights", "shard_splits"]);
    assert_eq!(&*draft.key.part(b"/r/c/k|#|x"), b"ks");
}

/// What the manual shows of macros, and of those that mcrouter brings.
#[test]
fn macros_are_written_out() {
    let servers = |value: &str| {
        let text = format!(
            r#"{{"macros": {{
              "all": {{"type": "constDef", "result": ["a:1", "b:1", "c:1"]}},
              "port": {{"type": "constDef", "result": 7}},
              "one": {{"type": "macroDef", "params": ["host", {{"name": "port", "default": "%port%"}}],
                "result": "%host%:%port%"}},
              "pool": {{"type": "macroDef", "params": ["name", {{"name": "hash", "default": "Ch3"}}],
                "result": {{"type": "PoolRoute", "pool": "%name%", "hash": "%hash%"}}}}}},
            "pools": {{"A": {{"servers": {value}}}}}, "route": "@pool(A)"}}"#
        );
        one(&text).remove(0).replace("A mcrouter | ", "")
    };
    for (value, wanted) in [
        (r#""%all%""#, "a:1 b:1 c:1"),
        (r#"["%all%", "d:1"]"#, "a:1 b:1 c:1 d:1"),
        (r#"["@one(x)", "@one(y,9)"]"#, "x:7 y:9"),
        (r#"[{"type": "one", "host": "z"}]"#, "z:7"),
        (r#""@merge(%all%,@split(x:1;y:2,;))""#, "a:1 b:1 c:1 x:1 y:2"),
        (r#""@slice(%all%,1,2)""#, "b:1 c:1"),
        (r#""@sort(@split(b:1 a:1, ))""#, "macro @split: the delimiter is empty"),
        (r#"["@if(@equals(%port%,7),x:1,y:1)"]"#, "x:1"),
        (
            r#"{"type": "if", "condition": "@less(%port%,7)", "is_true": "@import(x)", "is_false": ["n:1"]}"#,
            "n:1",
        ),
        (
            r#"{"type": "transform", "dictionary": "@range(1,3)", "itemTranform": "10.0.0.%item%:@add(1,2)"}"#,
            "server '10.0.0.1:@add(1,2)': port '@add(1,2)' is not a number from 1 to 65535",
        ),
        (
            r#"{"type": "transform", "dictionary": "@range(1,3)", "itemTranform": "10.0.0.%item%:1%key%"}"#,
            "10.0.0.1:10 10.0.0.2:11 10.0.0.3:12",
        ),
        (r#""@keys(@select(%none%,x))""#, "macro @select: what it is given holds a macro"),
        (r#"{"vars": {"x": "v:1"}, "type": "merge", "params": [["u:1"], ["w:1"]]}"#, "u:1 w:1"),
        (r#""@randomShuffle(%all%)""#, "servers must be a list, and is the text"),
        (r#"["@one()"]"#, "macro 'one': 'host' is not given"),
        (r#"["@one(a,b,c)"]"#, "macro call 'one(a,b,c)': too many arguments"),
        (r#"["@one(a,(b)"]"#, "the parentheses in macro call 'a,(b' do not match"),
    ] {
        let found = servers(value);
        assert!(found.contains(wanted), "{value}: {found}");
    }
}

#[test]
fn unix_sockets_are_servers() {
    let text = r#"{"pools": {"p": {"servers": ["unix:/run/m.sock:ascii:plain", "unix:/run/n.sock", "h:1"]}},
        "route": "PoolRoute|p"}"#;
    let found = one(text);
    assert!(found[0].ends_with("| /run/m.sock /run/n.sock h:1"), "{found:?}");
    for (server, why) in [("unix:", "unix: without a path"), ("unix:/x:y", "'y' is not known")] {
        let found = one(&text.replace("h:1", server));
        assert!(found[0].contains(why), "{found:?}");
    }
}

/// A route that hashes over pools moves keys from pool to pool when it changes.
#[test]
fn a_pool_among_several_has_a_part_of_the_keys() {
    use crate::SameKey::{Different, Same};
    let draft = |route: &str| {
        let text = format!(
            r#"{{"pools": {{"A": {{"servers": ["a:1"]}}, "B": {{"servers": ["b:1"]}}}}, "route": {route}}}"#
        );
        only(read(&json_tree(&text), &file()))
    };
    let over = |kind: &str, more: &str| {
        draft(&format!(r#"{{"type": "{kind}", "children": ["PoolRoute|A", "PoolRoute|B"]{more}}}"#))
    };
    let (hash, failover) = (over("HashRoute", ""), over("FailoverRoute", ""));
    assert_eq!(hash.key.compare(&failover.key), Different);
    assert!(
        hash.notes.iter().any(|note| note.sentence().starts_with("a route above chooses the pool")),
        "{:?}",
        hash.notes
    );
    assert!(failover.notes.is_empty());
    let salted = over("HashRoute", r#", "salt": "x""#);
    assert_eq!(hash.key.compare(&salted.key), Different);
    assert_eq!(hash.key.compare(&over("HashRoute", "").key), Same);
    let one = draft(r#"{"type": "HashRoute", "children": ["PoolRoute|B"]}"#);
    assert_eq!(one.key.compare(&failover.key), Same);
    let mixed = draft(
        r#"["PoolRoute|B", {"type": "HashRoute", "children": ["PoolRoute|A", "PoolRoute|B"]}]"#,
    );
    assert_eq!(mixed.key.compare(&failover.key), Different);
}
