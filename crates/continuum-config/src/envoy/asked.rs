//! What a running Envoy 1.40 was asked about, or reads in its validation mode.

use super::read;
use super::tests::{CLUSTER, one};
use crate::testing::{file, none, only, servers, shown, yaml_trees};

#[test]
fn what_proxies_of_redis_hash() {
    let typed = "type.googleapis.com/envoy.extensions.filters.network.redis_proxy.v3.RedisProxy";
    let found = |filter: &str| {
        let listener =
            format!("\n  - name: r\n    filter_chains: [{{filters: [{filter}]}}]\n  clusters:");
        let (routes, clusters) = CLUSTER.split_once("\n  clusters:").unwrap();
        let routes = routes.replace("cluster: c", "cluster: web");
        one(&format!("{routes}{listener}{clusters}"))
    };
    for filter in [
        "{name: envoy.filters.network.redis_proxy, typed_config: {prefix_routes: {catch_all_route: \
         {cluster: c}}}}",
        "{name: x, typed_config: {'@type': TYPE, prefix_routes: {routes: [{prefix: 'a:', cluster: \
         c}]}}}",
        "{name: x, typedConfig: {prefixRoutes: {routes: [{prefix: '', cluster: b}, {prefix: a, \
         cluster: c}]}}}",
        "{name: x, typed_config: {'@type': TYPE, prefix_routes: {catch_all_cluster: c}}}",
        "{name: x, typed_config: {'@type': TYPE, prefix_routes: {routes: [{cluster: b, \
         request_mirror_policy: [{cluster: c}]}]}}}",
        "{name: x, typed_config: {'@type': TYPE, cluster: c}}",
        "{name: x, typed_config: {'@type': type.googleapis.com/udpa.type.v1.TypedStruct, type_url: \
         TYPE, value: {cluster: c}}}",
        "{name: envoy.redis_proxy, config: {cluster: c}}",
        "{name: envoy.filters.network.redis_proxy, typed_config: {cluster: c}}",
    ] {
        let found = found(&filter.replace("TYPE", typed));
        assert!(
            found[0].starts_with("c envoy-ring-hash:min=2048,hash=murmur2,keys=redis | "),
            "{filter}: {found:?}"
        );
    }
    let plain = "{name: envoy.redis_proxy, config: {cluster: c}}";
    let tagged = plain.replace("c}", "c, settings: {op_timeout: 1s, enable_hashtagging: true}}");
    let route = |more: &str| {
        plain.replace("cluster: c", &format!("prefix_routes: {{routes: [{{{more}, cluster: c}}]}}"))
    };
    let tcp = "{name: envoy.tcp_proxy, config: {stat_prefix: t, cluster: c}}";
    for (filters, wanted) in [
        (tagged.clone(), "c envoy-ring-hash:min=2048,hash=murmur2,keys=redis,tags=on | "),
        (format!("{plain}, {tagged}"), "one key has two hosts"),
        (format!("{plain}, {tcp}"), "a route of another kind, which hashes keys in another way"),
        (route("prefix: 'a:', remove_prefix: true"), "remove_prefix changes keys of Redis"),
        (route("key_formatter: '{%KEY%}'"), "key_formatter changes keys of Redis"),
        (route("prefix: '', remove_prefix: true"), "hash=murmur2,keys=redis | "),
        (route("prefix: 'a:', remove_prefix: yes"), "remove_prefix changes keys of Redis"),
        (tagged.replace("true", "'true'"), "hash=murmur2,keys=redis,tags=on | "),
        (tagged.replace("true", "Yes"), "hash=murmur2,keys=redis,tags=on | "),
        (tagged.replace("true", "1"), "enable_hashtagging must be true or false"),
        (tagged.replace("op_timeout", "static_shard_routing"), "'static_shard_routing'"),
    ] {
        let found = found(&filters);
        assert!(found[0].contains(wanted), "{filters}: {found:?}");
    }
    // Another filter, and a proxy of Redis that leads elsewhere.
    for filter in [
        "{name: envoy.redis_proxy, typed_config: {'@type': x.v3.TcpProxy, cluster: c}}",
        "{name: envoy.redis_proxy, config: {cluster: b}}",
    ] {
        assert_eq!(found(filter).len(), 1, "{filter}");
        assert!(found(filter)[0].starts_with("c envoy-ring-hash"), "{filter}: {:?}", found(filter));
    }
}

/// Protobuf takes one message in place of a list of one.
#[test]
fn lists_of_one_without_a_list() {
    let text = "
static_resources:
  listeners:
    filter_chains:
      filters:
        name: t
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: t
          weighted_clusters: {clusters: {name: c, weight: 1}}
          hash_policy: {source_ip: {}}
  clusters:
    name: c
    type: STATIC
    load_balancing_policy:
      policies:
        typed_extension_config:
          name: r
          typed_config:
            '@type': type.googleapis.com/envoy.extensions.load_balancing_policies.maglev.v3.Maglev
    load_assignment:
      endpoints:
        lb_endpoints:
          endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
";
    let draft = only(read(&yaml_trees(text), &file(), &none()));
    assert_eq!(
        (draft.scheme.shown(), servers(&draft)),
        ("envoy-maglev".into(), "10.0.0.1:80".into())
    );
    assert_eq!(draft.key.as_text(), Some("source_ip"));
}

/// As a running Envoy 1.40 has them: only a text is a hash key.
#[test]
fn values_of_yaml_cpp() {
    let hashed = |key: &str| {
        let text = CLUSTER.replace("hash_key: b", &format!("hash_key: {key}"));
        let draft = only(read(&yaml_trees(&text), &file(), &none()));
        let told = draft.notes.iter().filter(|note| note.sentence().contains("hash_key")).count();
        (servers(&draft).split_once("@north ").unwrap().1.to_owned(), told)
    };
    assert_eq!(hashed("'7'"), ("[::1]:81@north~7".to_owned(), 0));
    assert_eq!(hashed("1.0"), ("[::1]:81@north~1.0".to_owned(), 0));
    for key in ["7", "0x10", "yes", "No"] {
        assert_eq!(hashed(key), ("[::1]:81@north".to_owned(), 1), "{key}");
    }
    let terminal = CLUSTER.replace(
        "hash_policy: [{header: {header_name: x-user}}]",
        "hash_policy: [{header: {header_name: a}, terminal: Yes}, {header: {header_name: b}}]",
    );
    let draft = only(read(&yaml_trees(&terminal), &file(), &none()));
    assert_eq!(draft.key.as_text(), Some("header(a), else header(b)"));
}

#[test]
fn clusters_of_redis_without_its_proxy() {
    let options =
        "    typed_extension_protocol_options:\n      envoy.filters.network.redis_proxy: {}\n";
    let alone = CLUSTER.split_once("\n  clusters:").unwrap().1;
    let text = format!("static_resources:\n  clusters:{}{options}", alone.trim_end_matches(' '));
    let draft = only(read(&yaml_trees(&text), &file(), &none()));
    assert_eq!(draft.scheme.shown(), "envoy-ring-hash:min=2048,hash=murmur2,keys=redis");
    let told = |note: &&crate::note::Note| note.sentence().contains("tags=on");
    assert_eq!(draft.notes.iter().filter(told).count(), 1);
    let cluster = "clusters: [{name: c, lb_policy: CLUSTER_PROVIDED, cluster_type: {name: \
                   envoy.clusters.redis}}]";
    assert!(one(cluster)[0].contains("the scheme is redis-cluster"), "{:?}", one(cluster));
}

#[test]
fn hash_functions_by_number() {
    let old = |number: &str| {
        let text = CLUSTER.replace("MURMUR_HASH_2", number);
        shown(read(&yaml_trees(&text), &file(), &none()))[0].clone()
    };
    assert!(old("0").starts_with("c envoy-ring-hash:min=2048 | "), "{}", old("0"));
    assert!(old("1").starts_with("c envoy-ring-hash:min=2048,hash=murmur2 | "), "{}", old("1"));
    assert!(old("2").contains("hash_function '2' is not known"), "{}", old("2"));
    let new = |number: &str| {
        let policy = format!(
            "load_balancing_policy: {{policies: [{{typed_extension_config: {{name: x, typed_config: \
             {{'@type': type.googleapis.com/x.v3.RingHash, hash_function: {number}}}}}}}]}}"
        );
        let lines = "lb_policy: RING_HASH\n    ring_hash_lb_config: {minimum_ring_size: 2048, \
                     hash_function: MURMUR_HASH_2}";
        let text = CLUSTER.replace(lines, &policy);
        shown(read(&yaml_trees(&text), &file(), &none()))[0].clone()
    };
    assert!(new("1").starts_with("c envoy-ring-hash | "), "{}", new("1"));
    assert!(new("2").starts_with("c envoy-ring-hash:hash=murmur2 | "), "{}", new("2"));
}
