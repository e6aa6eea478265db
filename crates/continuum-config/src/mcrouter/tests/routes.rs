//! What mcrouter makes of its routes, and what readers of them must not pass over.

use super::one;
use crate::draft::{Draft, Found};
use crate::mcrouter::read;
use crate::testing::{file, json_tree};

/// A file of the pool A of three servers, and more settings of it.
fn of(pool: &str, route: &str) -> String {
    format!(
        "{{\"pools\": {{\n\"A\": {{\"servers\": [\"a:1\", \"b:1\", \"c:1\"]{pool}}}}},\n\
         \"route\": {route}}}"
    )
}

fn drafts(text: &str) -> Vec<Draft> {
    let pool = |found| match found {
        Found::Pool(draft) => *draft,
        other => panic!("{other:?}"),
    };
    read(&json_tree(text), &file()).unwrap().into_iter().map(pool).collect()
}

fn notes(draft: &Draft) -> Vec<&str> {
    draft.notes.iter().map(|note| note.about()).collect()
}

#[test]
fn weights_of_a_pool_make_its_pool_routes_weighted() {
    let pool = ", \"weights\": [1.0, 0.5, 0.1]";
    let weighted = "A mcrouter:hash=weighted-ch3 | a:1 b:1=0.5 c:1=0.1";
    let plain = "A mcrouter | a:1 b:1 c:1";
    for (route, wanted) in [
        (r#""PoolRoute|A""#, weighted),
        (r#"{"type": "PoolRoute", "pool": "A"}"#, weighted),
        (r#"{"type": "PoolRoute", "pool": "A", "hash": {"salt": "x"}}"#, weighted),
        (r#"{"type": "PoolRoute", "pool": "A", "hash": "Ch3"}"#, plain),
        (r#"{"type": "PoolRoute", "pool": "A", "hash": {"hash_func": "Ch3"}}"#, plain),
        (
            r#"{"type": "PoolRoute", "pool": "A", "hash": {"weights": [0.2, 1, 1]}}"#,
            "A mcrouter:hash=weighted-ch3 | a:1=0.2 b:1 c:1",
        ),
        (r#""HashRoute|Pool|A""#, plain),
        (r#"{"type": "HashRoute", "children": "Pool|A"}"#, plain),
        (r#"{"type": "HashRoute", "children": ["Pool|A"]}"#, plain),
    ] {
        let text = of(pool, route);
        assert_eq!(one(&text), [wanted], "{route}");
        let draft = &drafts(&text)[0];
        let unused: &[&str] = if wanted == plain { &["weights"] } else { &[] };
        assert_eq!(notes(draft), unused, "{route}");
    }
    let own = r#"{"type": "HashRoute", "children": "Pool|A", "hash_func": "WeightedCh3"}"#;
    assert_eq!(one(&of(pool, own)), ["! f:3: weighted-ch3 without weights"]);
    let salted = r#"{"type": "PoolRoute", "pool": "A", "hash": {"salt": "x"}}"#;
    assert_eq!(&*drafts(&of(pool, salted))[0].key.part(b"k"), b"kx");
}

#[test]
fn modify_key_route_is_a_part_of_the_rule() {
    let route = |settings: &str| {
        format!(r#"{{"type": "ModifyKeyRoute", "target": "PoolRoute|A", {settings}}}"#)
    };
    let draft = |settings: &str| drafts(&of("", &route(settings))).remove(0);
    let ensured = draft(r#""ensure_key_prefix": "foo:", "set_routing_prefix": "/a/b/""#);
    assert_eq!(&*ensured.key.part(b"/r/c/beta|#|x"), b"foo:beta");
    assert_eq!(&*ensured.key.part(b"foo:beta"), b"foo:beta");
    assert_eq!(ensured.key.to_string(), "the key up to |#|, after ensure_key_prefix 'foo:'");
    let replaced = draft(r#""ensure_key_prefix": "bar.", "replace_key_prefix": "foo.""#);
    assert_eq!(&*replaced.key.part(b"foo.x"), b"bar.x");
    let in_place = draft(r#""ensure_key_prefix": "foo:", "modify_inplace": true"#);
    assert_eq!(&*in_place.key.part(b"abcdefg"), b"foo:efg");
    let alone = draft(r#""set_routing_prefix": "/a/b/""#);
    let plain = drafts(&of("", r#""PoolRoute|A""#)).remove(0);
    assert_eq!(alone.key, plain.key);
    for draft in [&ensured, &replaced, &in_place] {
        assert_eq!(draft.key.compare(&plain.key), crate::SameKey::Different);
    }
    for (settings, why) in [
        (r#""ensure_key_prefx": "a""#, "ModifyKeyRoute: unknown setting 'ensure_key_prefx'"),
        (r#""ensure_key_prefix": 1"#, "ensure_key_prefix must be a text, and is '1'"),
        (r#""ensure_key_prefix": "/a/""#, "ensure_key_prefix '/a/' may be taken for a routing"),
        (
            r#""replace_key_prefix": "a", "modify_inplace": false"#,
            "replace_key_prefix and modify_inplace cannot be used together",
        ),
    ] {
        let found = one(&of("", &route(settings)));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("! f:3: {why}")), "{found:?}");
    }
}

#[test]
fn a_route_is_followed_by_its_name() {
    let text = r#"{"pools": {"A": {"servers": ["a:1", "b:1"]}, "B": {"servers": ["c:1", "d:1"]}},
      "named_handles": {"a": {"type": "PoolRoute", "name": "a", "pool": "A"},
        "b": "AllSyncRoute|PoolRoute|B", "idle": "PoolRoute|B"},
      "routes": {"/r/c/": {"type": "ModifyKeyRoute", "target": "a", "ensure_key_prefix": "foo:"},
        "/r/d/": {"type": "HashRoute", "children": ["b", "NullRoute"]}}}"#;
    let found = drafts(text);
    let shown: Vec<(&str, String)> =
        found.iter().map(|draft| (&*draft.name, draft.key.to_string())).collect();
    assert_eq!(shown[0], ("A", "the key up to |#|, after ensure_key_prefix 'foo:'".to_owned()));
    assert_eq!((shown.len(), shown[1].0), (2, "B"));
    assert!(shown[1].1.contains(", what HashRoute leaves it of {children: [b, "), "{shown:?}");
    let circle = r#"{"pools": {"A": {"servers": ["a:1"]}}, "route": "a", "named_handles": {
      "a": {"type": "ModifyKeyRoute", "name": "a", "target": "a", "ensure_key_prefix": "x"}}}"#;
    assert_eq!(one(circle), ["! f:2: routes lead to one another in too many ways"]);
}

#[test]
fn names_that_nothing_defines_are_refused() {
    let found = one(r#"{"pools": {"A": {"servers": ["a:1"]}, "B": {"servers": ["b:1"]}},
      "named_handles": [{"type": "PoolRoute", "name": "route:A", "pool": "A"},
        {"type": "AllSyncRoute", "name": "route:C", "children": "NullRoute"}],
      "route": {"type": "FailoverRoute", "children": ["D", "PoolRoute|B", "ErrorRoute|x", ""]}}"#);
    assert_eq!(
        found,
        [
            "! f:4: route 'D' is neither a route of mcrouter's nor one that the file names",
            "A mcrouter | a:1",
            "B mcrouter | b:1",
        ]
    );
    let text = of("", r#"{"type": "DuplicateRoute", "target": "PoolRoute|A", "copies": 5}"#);
    let draft = drafts(&text).remove(0);
    assert_eq!(
        draft.notes[0].sentence(),
        "a route of type 'DuplicateRoute', which is not known, stands above: it may change keys or \
         send them elsewhere"
    );
}

#[test]
fn one_pool_under_several_hashes_has_several_names() {
    let hash = |more: &str| format!(r#"{{"type": "HashRoute", "children": "Pool|A"{more}}}"#);
    let names = |routes: &[&str]| -> Vec<String> {
        let text = of("", &format!("[{}]", routes.join(", ")));
        drafts(&text).iter().map(|draft| draft.name.to_string()).collect()
    };
    let (plain, salted) = (hash(""), hash(r#", "salt": "salt0""#));
    let weighted = hash(r#", "hash_func": "WeightedCh3", "weights": [1, 1, 0.5]"#);
    let other = hash(r#", "hash_func": "WeightedCh3", "weights": [1, 1, 0.4]"#);
    let longer = hash(r#", "hash_func": "WeightedCh3", "weights": [1, 1, 0.5, 0.3]"#);
    let prefixed = r#"{"type": "ModifyKeyRoute", "ensure_key_prefix": "foo:", "target":
      {"type": "PoolRoute", "pool": "A", "hash": {"salt": "s"}}}"#;
    let both = r#"{"type": "ModifyKeyRoute", "ensure_key_prefix": "b", "replace_key_prefix": "a",
      "target": "PoolRoute|A"}"#;
    assert_eq!(names(&[&plain, &salted]), ["A", "A[salt=salt0]"]);
    assert_eq!(names(&[&salted, &plain]), ["A[salt=salt0]", "A"]);
    assert_eq!(names(&[&salted]), ["A"]);
    // What says the same is one, wherever it stands and however it is written.
    assert_eq!(names(&[&weighted, &weighted, &longer]), ["A"]);
    assert_eq!(names(&[&plain, "\"PoolRoute|A\""]), ["A"]);
    assert_eq!(
        names(&[&weighted, &other, prefixed, both]),
        [
            "A[hash=weighted-ch3]",
            "A[hash=weighted-ch3,2]",
            "A[prefix=foo:,salt=s]",
            "A[replace=a,prefix=b]",
        ]
    );
}

#[test]
fn a_salted_failover_route_holds_a_pool_route() {
    let text = of(
        ", \"failure_domains\": [1, 2, 3]",
        r#"{"type": "SaltedFailoverRoute", "pool": "A", "hash": {"hash_func": "WeightedCh3",
          "weights": [0.7, 0.65, 1.0, 0.8]}, "failover_policy": {"type":
          "DeterministicOrderPolicy", "max_tries": 4, "enable_failure_domains": true}}"#,
    );
    assert_eq!(one(&text), ["A mcrouter:hash=weighted-ch3 | a:1=0.7 b:1=0.65 c:1"]);
    assert_eq!(
        drafts(&text)[0].notes[0].sentence(),
        "4 weights for 3 servers: the last ones are not used"
    );
    let misspelt = text.replace("failover_policy", "failover_polcy");
    assert!(one(&misspelt)[0].contains("SaltedFailoverRoute: unknown setting 'failover_polcy'"));
}

#[test]
fn settings_that_mcrouter_reads_drop_no_pool() {
    let route = r#"{"type": "PoolRoute", "pool": "A", "split_shard_fanout": 2,
      "distribution_enabled": true, "useBucketHashSelector": true, "bucketize": false}"#;
    for (setting, about) in [
        (r#""pool_locality": "region""#, &[][..]),
        (r#""tko_tracker": {"num_tko_threshold_upper": 2, "num_tko_threshold_lower": 1}"#, &[]),
        (r#""hostnames": ["x", "y", "z"]"#, &[]),
        (r#""services": {}"#, &[]),
        (r#""error_on_empty": true"#, &[]),
        (r#""disable_request_deadline_check": true"#, &[]),
        (r#""additional_fanout": 0"#, &[]),
        (r#""security_mech_cross_dc": "tls", "port_override_within_dc": 1"#, &[]),
        (r#""hash": "Rendezvous""#, &["hash"]),
    ] {
        let text = of(&format!(", {setting}"), route);
        assert_eq!(one(&text), ["A mcrouter | a:1 b:1 c:1"], "{setting}");
        assert_eq!(notes(&drafts(&text)[0]), about, "{setting}");
    }
    let dial = r#"{"type": "PoolRoute", "pool": "A", "weights_rv": "v", "weights_rv_salt": "s"}"#;
    let found = drafts(&of("", dial));
    assert_eq!(notes(&found[0]), ["weights_rv"]);
    assert!(
        found[0].notes[0].sentence().starts_with("weights_rv sends a share of the keys nowhere")
    );
}

#[test]
fn what_hashes_something_else_is_refused() {
    let bucketized = r#"{"type": "PoolRoute", "pool": "A", "bucketize": true, "total_buckets": 9}"#;
    assert_eq!(one(&of("", bucketized)), ["A mcrouter | a:1 b:1 c:1"]);
    for (pool, route, why) in [
        (
            ", \"weights\": [1, 1, 1]",
            bucketized,
            "f:3: bucketize has WeightedCh3 hash the number of a key's bucket, which is not covered",
        ),
        (
            ", \"additional_fanout\": 3",
            "\"PoolRoute|A\"",
            "f:2: additional_fanout 3 gives a server several places in the list, which is not \
             covered",
        ),
        (
            "",
            r#"{"type": "PoolRoute", "pool": "A", "hash": {"hash_func": "Shard",
              "shard_map": {"1": 0}}}"#,
            "f:3: hash function 'Shard' is none of Ch3, WeightedCh3, Rendezvous, \
             WeightedRendezvous",
        ),
        (
            "",
            r#"{"type": "PoolRoute", "pool": "A", "hash": {"hash_func": "LoadBalancer",
              "load_ttl_ms": 100}}"#,
            "f:3: hash function 'LoadBalancer' is none of Ch3, WeightedCh3, Rendezvous, \
             WeightedRendezvous",
        ),
        (
            "",
            r#"{"type": "HashRoute", "children": ["Pool|A", "NullRoute"]}"#,
            "f:3: a HashRoute over the servers of a pool and more is not covered",
        ),
    ] {
        assert_eq!(one(&of(pool, route)), [format!("! {why}")], "{pool} {route}");
    }
}

#[test]
fn servers_may_be_maps() {
    let servers = |entry: &str| {
        one(&format!(
            r#"{{"pools": {{"A": {{"servers": [{entry}, "b:1"]}}}}, "route": "PoolRoute|A"}}"#
        ))
    };
    for entry in [r#"{"hostname": "a:1"}"#, r#"{"hostname": "a:1:ascii", "qos": {"class": 1}}"#] {
        assert_eq!(servers(entry), ["A mcrouter | a:1 b:1"], "{entry}");
    }
    for (entry, why) in [
        (r#"{"type": "NullRoute"}"#, "a server that is a route, 'NullRoute', is not covered"),
        (r#"{"host": "a:1"}"#, "a server without a hostname"),
        (r#"{"hostname": "a:1", "wieght": 1}"#, "a server: unknown setting 'wieght'"),
    ] {
        assert_eq!(servers(entry), [format!("! f:1: {why}")], "{entry}");
    }
}

#[test]
fn pools_of_other_programs_are_told() {
    let old = r#"{"clusters": {"A": {"pools": {"A.wildcard": {"servers": ["a:1"]}}}},
      "routes": [{"aliases": ["/a/a/"], "route": "PoolRoute|A.wildcard"}]}"#;
    assert_eq!(crate::Format::of_trees(&[json_tree(old)]), Some(crate::Format::Mcrouter));
    assert_eq!(
        one(old),
        ["! f:1: has no pools: mcrouter reads them from 'pools', and nothing from 'clusters'"]
    );
    let fork = r#"{"global": {"worker_processes": 4}, "pools": {
      "alpha": {"listen": "127.0.0.1:22121", "distribution": "ketama", "servers": ["a:1:1"]}}}"#;
    assert_eq!(
        one(fork),
        [
            "! f:2: these pools are twemproxy's, whose file has no level 'pools': they stand at its top"
        ]
    );
}
