use super::read;
use crate::testing::{file, json_tree, only, servers, shown, yaml_tree};

const CLUSTER: &str = "
static_resources:
  listeners:
  - name: l
    route_config:
      virtual_hosts:
      - routes:
        - match: {prefix: /}
          route:
            cluster: c
            hash_policy: [{header: {header_name: x-user}}]
  clusters:
  - name: c
    type: STATIC
    lb_policy: RING_HASH
    ring_hash_lb_config: {minimum_ring_size: 2048, hash_function: MURMUR_HASH_2}
    common_lb_config:
      consistent_hashing_lb_config: {hash_balance_factor: 150}
    load_assignment:
      cluster_name: c
      endpoints:
      - locality: {zone: north}
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
          load_balancing_weight: 3
        - endpoint:
            address: {socket_address: {address: \"0::1\", port_value: 81}}
          metadata: {filter_metadata: {envoy.lb: {hash_key: b}}}
      - priority: 1
        lb_endpoints:
        - endpoint: {address: {socket_address: {address: 10.0.0.9, port_value: 80}}}
";

fn one(text: &str) -> Vec<String> {
    shown(read(&yaml_tree(text), &file()))
}

#[test]
fn a_ring_in_a_bootstrap() {
    let draft = only(read(&yaml_tree(CLUSTER), &file()));
    assert_eq!(draft.scheme.shown(), "envoy-ring-hash:min=2048,hash=murmur2");
    assert_eq!(servers(&draft), "10.0.0.1:80=3@north [::1]:81@north~b");
    assert_eq!(draft.key.as_text(), Some("header(x-user)"));
    assert_eq!(draft.bounded, Some(150));
    assert_eq!(draft.notes.len(), 1);
}

#[test]
fn maglev_in_json_with_camel_case() {
    let json = r#"{"clusters": [{"name": "m", "type": "STRICT_DNS", "lbPolicy": "MAGLEV",
        "maglevLbConfig": {"tableSize": "65537"}, "commonLbConfig":
        {"consistentHashingLbConfig": {"useHostnameForHashing": true}},
        "loadAssignment": {"endpoints": [{"lbEndpoints": [
        {"endpoint": {"address": {"socketAddress": {"address": "a.example", "portValue": 80}}}},
        {"endpoint": {"hostname": "b", "address": {"socketAddress": {"address": "x", "portValue": 80}}}}
        ]}]}}, {"name": "r"}]}"#;
    assert_eq!(
        shown(read(&json_tree(json), &file())),
        [
            "m envoy-maglev | a.example<a.example:80> b<x:80>",
            "r - does not hash: without 'lb_policy' Envoy takes turns",
        ]
    );
}

#[test]
fn the_newer_policy() {
    let text = "
- name: n
  load_balancing_policy:
    policies:
    - typed_extension_config:
        name: envoy.load_balancing_policies.ring_hash
        typed_config:
          \"@type\": type.googleapis.com/envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash
          maximum_ring_size: 4096
  load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: {pipe: {path: /run/a}}}}]}]}
";
    assert_eq!(one(text), ["n envoy-ring-hash:max=4096 | /run/a"]);
}

#[test]
fn refuses_by_name() {
    for (from, to, says) in [
        ("RING_HASH", "RING_HSAH", "f:15: lb_policy 'RING_HSAH' is not known"),
        ("lb_policy: RING", "lb_polcy: RING", "f:15: a cluster: unknown field 'lb_polcy'"),
        ("minimum_ring_size: 2048", "minimum_ring_size: many", "f:16: minimum_ring_size must be"),
        ("minimum_ring_size: 2048", "min_size: 4", "f:16: the ring's settings: unknown field"),
        (
            "minimum_ring_size: 2048",
            "maximum_ring_size: 4",
            "f:16: minimum_ring_size 1024 is above",
        ),
        ("MURMUR_HASH_2", "MD5", "f:16: hash_function 'MD5' is not known"),
        ("type: STATIC", "type: EDS", "f:14: type 'EDS': its hosts are not in the file"),
        ("type: STATIC", "type: STRICT_DNS", "f:24: what is hashed is the address that DNS"),
        ("type: STATIC", "lb_subset_config: {}", "f:14: lb_subset_config is not covered"),
        ("10.0.0.1", "ten", "f:24: 'ten' is no IP address"),
        ("port_value: 80}", "port_value: 99999}", "f:24: port_value is not"),
        ("port_value: 80}", "port: 80}", "f:24: socket_address: unknown field 'port'"),
        ("load_balancing_weight: 3", "load_balancing_weight: 0", "f:25: load_balancing_weight"),
        ("load_balancing_weight: 3", "health_status: DRAINING", "f:25: health_status 'DRAINING'"),
        ("{hash_balance_factor: 150}", "{hash_balance_factor: 5}", "f:18: hash_balance_factor"),
        (
            "consistent_hashing_lb_config: {h",
            "locality_weighted_lb_config: {h",
            "f:18: common_lb_config",
        ),
        ("clusters:", "clusters: 7\n  x:", "f:12: clusters must be a list"),
        ("- name: c", "- nmae: c", "f:13: a cluster without a name"),
    ] {
        let found = one(&CLUSTER.replacen(from, to, 1));
        assert!(found[0].starts_with(&format!("! {says}")), "{to}: {found:?}");
    }
}
