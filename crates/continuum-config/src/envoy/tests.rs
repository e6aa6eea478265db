use super::read;
use crate::options::Options;
use crate::testing::{file, json_tree, none, only, servers, shown, yaml_trees};

pub(super) const CLUSTER: &str = "
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

pub(super) fn one(text: &str) -> Vec<String> {
    shown(read(&yaml_trees(text), &file(), &none()))
}

#[test]
fn a_ring_in_a_bootstrap() {
    let draft = only(read(&yaml_trees(CLUSTER), &file(), &none()));
    assert_eq!(draft.scheme.shown(), "envoy-ring-hash:min=2048,hash=murmur2");
    assert_eq!(servers(&draft), "10.0.0.1:80=3@north [::1]:81@north~b");
    assert_eq!(draft.key.as_text(), Some("header(x-user)"));
    assert_eq!(draft.bounded, Some(150));
    assert_eq!(draft.notes.len(), 1);
}

/// Zone-aware routing is of the policies that take turns.
#[test]
fn a_ring_takes_no_part_in_zone_awareness() {
    let from = "    common_lb_config:\n";
    let to = "    common_lb_config:\n      zone_aware_lb_config: {routing_enabled: {value: 80}}\n";
    let aware = CLUSTER.replacen(from, to, 1);
    assert_ne!(aware, CLUSTER);
    assert_eq!(one(&aware), one(CLUSTER));
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
        shown(read(&[json_tree(json)], &file(), &none())),
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
        ("lb_policy: RING_HASH", "lb_type: ring_hash", "f:15: lb_type is of Envoy's API v1"),
        ("lb_policy: RING", "lb_polcy: RING", "f:15: a cluster: unknown field 'lb_polcy'"),
        ("minimum_ring_size: 2048", "minimum_ring_size: many", "f:16: minimum_ring_size must be"),
        ("minimum_ring_size: 2048", "min_size: 4", "f:16: the ring's settings: unknown field"),
        (
            "minimum_ring_size: 2048",
            "maximum_ring_size: 4",
            "f:16: minimum_ring_size 1024 is above",
        ),
        ("MURMUR_HASH_2", "MD5", "f:16: hash_function 'MD5' is not known"),
        ("type: STATIC", "type: ORIGINAL_DST", "f:14: type 'ORIGINAL_DST': its hosts are not"),
        ("type: STATIC", "type: EDS", "f:14: the endpoints of service 'c' are not in the file"),
        ("cluster_name: c", "a: 1\n      a: 2", "f:21: duplicate key 'a', first on line 20"),
        (
            "type: STATIC",
            "lb_subset_config: {subset_selectors: [{keys: [v]}]}",
            "f:14: lb_subset_config is not",
        ),
        (
            "type: STATIC",
            "cluster_type: {name: envoy.clusters.redis}",
            "f:14: cluster_type 'envoy.clusters.redis'",
        ),
        (
            "type: STATIC",
            "eds_cluster_config: {eds_config: {path: /x}}",
            "f:14: the endpoints of service 'c' are not in the file: name '/x' with",
        ),
        ("10.0.0.1", "ten", "f:24: 'ten' is no IP address"),
        ("port_value: 80}", "port_value: 99999}", "f:24: port_value is not"),
        ("port_value: 80}", "port: 80}", "f:24: socket_address: unknown field 'port'"),
        ("load_balancing_weight: 3", "load_balancing_weight: 0", "f:25: load_balancing_weight"),
        ("load_balancing_weight: 3", "health_status: DRAINED", "f:25: health_status 'DRAINED'"),
        ("{hash_balance_factor: 150}", "{hash_balance_factor: 5}", "f:18: hash_balance_factor"),
        (
            "consistent_hashing_lb_config: {h",
            "locality_weighted_lb_config: {h",
            "f:18: locality_weighted_lb_config: unknown field",
        ),
        ("clusters:", "clusters: 7\n  x:", "f:12: clusters must be a list"),
        ("- name: c", "- nmae: c", "f:13: a cluster without a name"),
    ] {
        let found = one(&CLUSTER.replacen(from, to, 1));
        assert!(found[0].starts_with(&format!("! {says}")), "{to}: {found:?}");
    }
}

/// What a control plane writes: clusters, and endpoints apart from them.
const DISCOVERY: &str = "
- name: first
  connectTimeout: 10s
  edsClusterConfig: {edsConfig: {ads: {}}, serviceName: first/backend}
  lbPolicy: maglev
  type: eds
- name: second
  edsClusterConfig: {edsConfig: {ads: {}}}
  lbPolicy: RoundRobin
---
- clusterName: first/backend
  endpoints:
  - lbEndpoints:
    - endpoint: {address: {socketAddress: {address: 10.0.0.1, portValue: 80}}}
    - endpoint: {address: {socketAddress: {address: 10.0.0.2, portValue: 80}}}
      healthStatus: UNHEALTHY
    - endpoint: {address: {socketAddress: {address: 10.0.0.3, portValue: 80}}}
";

#[test]
fn endpoints_are_found_by_service() {
    assert_eq!(
        one(&DISCOVERY.replace("RoundRobin", "round_robin")),
        [
            "first envoy-maglev | 10.0.0.1:80 10.0.0.3:80",
            "second - does not hash a key: lb_policy ROUND_ROBIN"
        ]
    );
    let clusters = DISCOVERY.split("---").next().unwrap();
    assert!(one(clusters)[0].starts_with("! f:4: the endpoints of service 'first/backend'"));
}

#[test]
fn dumps_and_wrapped_resources() {
    let cluster = r#"{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "d",
        "type": "EDS", "lb_policy": "RING_HASH"}"#;
    let assignment = r#"{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": "d", "endpoints": [{"lb_endpoints": [{"endpoint": {"address":
        {"socket_address": {"address": "10.0.0.1", "port_value": 80}}}, "load_balancing_weight": 1}]}]}"#;
    let wanted = ["d envoy-ring-hash | 10.0.0.1:80"];
    let dump = format!(
        r#"{{"xds": {{"a": {{"configs": [
        {{"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump",
          "bootstrap": {{"static_resources": {{"clusters": [{cluster}]}}}}}},
        {{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
          "dynamic_active_clusters": [{{"version_info": "1", "cluster": {cluster}}}],
          "dynamic_warming_clusters": [{{"cluster": {{"name": "w"}}}}]}},
        {{"@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
          "dynamic_endpoint_configs": [{{"endpoint_config": {assignment}}}]}}]}}}}}}"#
    );
    assert_eq!(shown(read(&[json_tree(&dump)], &file(), &none())), wanted);
    let listed = format!(r#"{{"resources": [{cluster}, {assignment}]}}"#);
    assert_eq!(shown(read(&[json_tree(&listed)], &file(), &none())), wanted);
    let wrapped = format!(
        r#"{{"resources": [{{"name": "d", "resource": {cluster}}},
        {{"name": "d", "resource": {assignment}}}]}}"#
    );
    assert_eq!(shown(read(&[json_tree(&wrapped)], &file(), &none())), wanted);
}

#[test]
fn hosts_of_the_second_api() {
    let text = "
clusters:
- name: old
  type: strict_dns
  lb_policy: ring_hash
  connect_timeout: 1s
  tls_context: {}
  hosts:
  - socket_address: {address: a.example, port_value: 80}
  - socket_address: {address: 10.0.0.2, port_value: 80}
";
    let found = one(text);
    assert!(
        found[0].starts_with("! f:9: what is hashed is the address that DNS gives"),
        "{found:?}"
    );
    let ip = |text: &str| text.parse().unwrap();
    let options = Options::new()
        .with_resolved("a.example", ip("10.0.0.7"))
        .with_resolved("a.example", ip("0::8"));
    assert_eq!(
        shown(read(&yaml_trees(text), &file(), &options)),
        ["old envoy-ring-hash | 10.0.0.7:80 [::8]:80 10.0.0.2:80"]
    );
    let logical = yaml_trees(&text.replace("strict", "logical"));
    assert_eq!(
        shown(read(&logical, &file(), &options)),
        ["old envoy-ring-hash | 10.0.0.7:80 10.0.0.2:80"]
    );
}

#[test]
fn routes_say_what_is_hashed() {
    let key = |policy: &str| {
        let text = CLUSTER.replace("{header: {header_name: x-user}}", policy);
        let draft = only(read(&yaml_trees(&text), &file(), &none()));
        let request = crate::Request::parse("GET /a?x=1 HTTP/1.1").unwrap();
        let request = request.with_client("10.1.2.3").with_header("Cookie", "s=7");
        (
            draft.key.to_string(),
            draft.key.key(&request).map(|key| key.map(std::borrow::Cow::into_owned)),
        )
    };
    for (policy, text, wanted) in [
        ("{header: {header_name: \":path\"}}", "header(:path)", Some("/a?x=1")),
        ("{header: {header_name: x-user}}", "header(x-user)", None),
        ("{cookie: {name: s}}", "cookie(s)", Some("7")),
        ("{queryParameter: {name: x}}", "query_parameter(x)", Some("1")),
        ("{connection_properties: {source_ip: true}}", "source_ip", Some("10.1.2.3")),
    ] {
        let wanted = Ok(wanted.map(|text| text.as_bytes().to_vec()));
        assert_eq!(key(policy), (text.to_owned(), wanted), "{policy}");
    }
    let several = key("{cookie: {name: s}}, {connection_properties: {source_ip: true}}");
    assert_eq!(several.0, "cookie(s) and source_ip");
    assert!(several.1.is_err());
    // Of several that may be, one is there, or one ends the chain.
    for (policies, text, wanted) in [
        ("{header: {header_name: x}}, {cookie: {name: s}}", "header(x) and cookie(s)", Some("7")),
        (
            "{cookie: {name: s}, terminal: true}, {connection_properties: {source_ip: true}}",
            "cookie(s), else source_ip",
            Some("7"),
        ),
        (
            "{cookie: {name: t}, terminal: true}, {connection_properties: {source_ip: true}}",
            "cookie(t), else source_ip",
            Some("10.1.2.3"),
        ),
        ("{cookie: {name: t}}, {header: {header_name: x}}", "cookie(t) and header(x)", None),
    ] {
        let wanted = Ok(wanted.map(|text| text.as_bytes().to_vec()));
        assert_eq!(key(policies), (text.to_owned(), wanted), "{policies}");
    }
}

#[test]
fn what_newer_releases_write() {
    let host = "load_assignment: {endpoints: [{lb_endpoints: [{endpoint: {address: \
                {socket_address: {address: a.example, port_value: 80}}}}]}]}";
    let policy = |kind: &str, more: &str| {
        format!(
            "load_balancing_policy: {{policies: [{{typed_extension_config: {{name: x, typed_config: \
             {{'@type': type.googleapis.com/x.{kind}{more}}}}}}}]}}"
        )
    };
    let cluster = |name: &str, policy: &str| {
        format!(
            "- name: {name}\n  cluster_type: {{name: envoy.cluster.dns, typed_config: {{}}}}\n  \
             {policy}\n  {host}\n"
        )
    };
    let text = [
        cluster(
            "own",
            &policy(
                "Maglev",
                ", consistent_hashing_lb_config: {hash_policy: [{cookie: {name: c}}]}",
            ),
        ),
        cluster(
            "struct",
            &policy("TypedStruct", ", type_url: x.RingHash, value: {minimum_ring_size: 9}"),
        ),
        cluster("weighted", &policy("ClientSideWeightedRoundRobin", "")),
        cluster(
            "locality",
            &policy(
                "WrrLocality",
                ", endpoint_picking_policy: {policies: [{typed_extension_config: \
                     {name: x, typed_config: {'@type': x.RoundRobin}}}]}",
            ),
        ),
    ]
    .concat();
    let options = Options::new().with_resolved("a.example", "10.0.0.7".parse().unwrap());
    let trees = yaml_trees(&text);
    let found = read(&trees, &file(), &options).unwrap();
    let crate::draft::Found::Pool(draft) = &found[0] else { panic!("{found:?}") };
    assert_eq!(draft.key.as_text(), Some("cookie(c)"));
    assert_eq!(
        shown(Ok(found)),
        [
            "own envoy-maglev | 10.0.0.7:80",
            "struct envoy-ring-hash:min=9 | 10.0.0.7:80",
            "weighted - does not hash a key: 'type.googleapis.com/x.ClientSideWeightedRoundRobin'",
            "locality - does not hash a key: 'x.RoundRobin'",
        ]
    );
    let dynamic = "dynamic_resources: {cds_config: {path_config_source: {path: /etc/cds.yaml}}}\n";
    assert_eq!(
        one(&format!("node: {{id: x}}\n{dynamic}")),
        ["note f:2: clusters come from the file '/etc/cds.yaml': read that"]
    );
}

/// `choosePriority` sends the share that priority 0 does not keep to the next.
#[test]
fn a_priority_that_spills_is_refused() {
    let cluster = |healthy: usize, unhealthy: usize, lower: usize, policy: &str| {
        let host = |number: usize, status: &str| {
            format!(
                r#"{{"endpoint": {{"address": {{"socket_address":
                {{"address": "10.0.0.{number}", "port_value": 80}}}}}}, "health_status": "{status}"}}"#
            )
        };
        let hosts = (0..healthy).map(|number| host(number, "HEALTHY"));
        let hosts = hosts.chain((0..unhealthy).map(|number| host(100 + number, "UNHEALTHY")));
        let below = (0..lower).map(|number| host(200 + number, "UNKNOWN"));
        let [hosts, below] = [hosts.collect::<Vec<_>>(), below.collect()].map(|all| all.join(","));
        format!(
            r#"{{"clusters": [{{"name": "c", "type": "STATIC", "lb_policy": "RING_HASH",
            "load_assignment": {{"policy": {{{policy}}}, "endpoints": [{{"lb_endpoints": [{hosts}]}},
            {{"priority": 1, "lb_endpoints": [{below}]}}]}}}}]}}"#
        )
    };
    let told = |text: &str| shown(read(&[json_tree(text)], &file(), &none())).join("; ");
    // 140 % of one in two are 70 %.
    let half = told(&cluster(1, 1, 1, ""));
    assert!(half.contains("Envoy sends 30% of the keys to lower priorities"), "{half}");
    let none_left = told(&cluster(0, 2, 1, ""));
    assert_eq!(none_left, "c envoy-ring-hash | 10.0.0.200:80");
    assert_eq!(told(&cluster(0, 0, 2, "")), "c envoy-ring-hash | 10.0.0.200:80 10.0.0.201:80");
    // Nobody else can take them: one in four is panic, though of one in two it is not.
    let panic = told(&cluster(1, 3, 0, ""));
    assert!(panic.contains("Envoy panics"), "{panic}");
    assert!(told(&cluster(0, 2, 0, "")).contains("Envoy panics"));
    // 1000 % of one in four are 100 %.
    let plenty = told(&cluster(1, 3, 0, r#""overprovisioning_factor": 1000"#));
    assert_eq!(plenty, "c envoy-ring-hash | 10.0.0.0:80");
    // 140 % of five in seven are 100 %.
    assert!(told(&cluster(5, 2, 1, "")).starts_with("c envoy-ring-hash"));
    let strict = told(&cluster(5, 2, 1, r#""overprovisioning_factor": 100"#));
    assert!(strict.contains("sends 29% of the keys"), "{strict}");
    assert!(told(&cluster(1, 1, 0, "")).starts_with("c envoy-ring-hash"));
}

/// `JsonStringToMessage` takes wrappers as messages too.
#[test]
fn numbers_in_messages_of_their_own() {
    let plain = CLUSTER.replace("load_balancing_weight: 3", "load_balancing_weight: {value: 3}");
    let plain = plain.replace("minimum_ring_size: 2048", "minimum_ring_size: {value: 2048}");
    let plain = plain.replace("hash_balance_factor: 150", "hash_balance_factor: {value: 150}");
    assert_eq!(plain.matches("{value: ").count(), 3);
    assert_eq!(one(&plain), one(CLUSTER));
    let other = CLUSTER.replace("load_balancing_weight: 3", "load_balancing_weight: {valeu: 3}");
    assert!(one(&other)[0].contains("load_balancing_weight: unknown field 'valeu'"));
    let empty = CLUSTER.replace("load_balancing_weight: 3", "load_balancing_weight: {}");
    assert!(one(&empty)[0].contains("load_balancing_weight is not from 1 to"));
}

/// A hash key is hashed before the hostname is looked at.
#[test]
fn a_hash_key_needs_no_hostname() {
    let json = r#"{"clusters": [{"name": "c", "type": "STATIC", "lb_policy": "RING_HASH",
        "common_lb_config": {"consistent_hashing_lb_config": {"use_hostname_for_hashing": true}},
        "load_assignment": {"endpoints": [{"lb_endpoints": [{"endpoint": {"address":
        {"socket_address": {"address": "10.0.0.1", "port_value": 80}}},
        "metadata": {"filter_metadata": {"envoy.lb": {"hash_key": "k"}}}}]}]}}]}"#;
    let draft = only(read(&[json_tree(json)], &file(), &none()));
    assert_eq!(servers(&draft), "10.0.0.1:80~k");
}

fn key(text: &str) -> crate::KeyRule {
    only(read(&yaml_trees(text), &file(), &none())).key
}

#[test]
fn a_policy_that_is_lost_is_no_longer_the_same_rule() {
    use crate::SameKey::{Different, Same, Unknown};
    let stated = key(CLUSTER);
    let without =
        CLUSTER.replacen("            hash_policy: [{header: {header_name: x-user}}]\n", "", 1);
    assert_ne!(without, CLUSTER);
    assert_eq!(stated.compare(&key(&without)), Different);
    assert_eq!(key(&without).compare(&key(&without)), Same);
    assert_eq!(key(&without).to_string(), "nothing, as no route to it has a hash_policy");
    let draft = only(read(&yaml_trees(&without), &file(), &none()));
    assert!(draft.notes.iter().any(|note| note.sentence().contains("picks a host at random")));
    let empty = CLUSTER.replacen("[{header: {header_name: x-user}}]", "[]", 1);
    assert_eq!(stated.compare(&key(&empty)), Different);
    let away = CLUSTER.replacen("cluster: c\n", "cluster: d\n", 1);
    assert_eq!(stated.compare(&key(&away)), Different);
    assert_eq!(key(&away).to_string(), "nothing, as no route in the file leads to it");
    // Routes that are not in the file may lead to it.
    let open = away.replacen(
        "      virtual_hosts",
        "      rds: {route_config_name: r}\n      virtual_hosts",
        1,
    );
    assert_eq!(stated.compare(&key(&open)), Unknown);
    let clusters = CLUSTER.split_once("  clusters:").unwrap().1;
    assert_eq!(stated.compare(&key(&format!("clusters:{clusters}"))), Unknown);
}

#[test]
fn a_route_without_a_policy_beside_one_with_a_policy() {
    let beside = CLUSTER.replacen(
        "      - routes:\n",
        "      - routes:\n        - {match: {prefix: /b}, route: {cluster: c}}\n",
        1,
    );
    let draft = only(read(&yaml_trees(&beside), &file(), &none()));
    assert_eq!(draft.key.to_string(), "header(x-user), and of some routes nothing");
    assert!(draft.notes.iter().any(|note| note.place().to_string() == "f:8"
        && note.sentence().starts_with("a route to it has no hash_policy")));
    assert_eq!(draft.key.compare(&key(CLUSTER)), crate::SameKey::Different);
}

#[test]
fn a_proxy_of_tcp_may_have_no_policy() {
    let proxy = |policy: &str| {
        CLUSTER.replacen(
            "    route_config:\n",
            &format!(
                "    typed_config: {{stat_prefix: t, cluster: c{policy}}}\n    route_config:\n"
            ),
            1,
        )
    };
    let text = proxy("").replacen("            cluster: c\n", "            cluster: d\n", 1);
    assert_eq!(key(&text).to_string(), "nothing, as no route to it has a hash_policy");
    let text = proxy(", hash_policy: [{source_ip: {}}]").replacen(
        "            cluster: c\n",
        "            cluster: d\n",
        1,
    );
    assert_eq!(key(&text).to_string(), "source_ip");
}

#[test]
fn a_policy_among_the_options_of_the_protocol() {
    let options = "    typed_extension_protocol_options:\n      \
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:\n        \
        hash_policy: [{cookie: {name: sid}}]\n    type: STATIC\n";
    let text = CLUSTER.replacen("    type: STATIC\n", options, 1);
    assert_eq!(key(&text).to_string(), "cookie(sid)");
    assert_eq!(key(&text).compare(&key(CLUSTER)), crate::SameKey::Different);
}

#[test]
fn names_in_policies_differ_by_case() {
    use crate::SameKey::{Different, Same};
    let of = |policy: &str| key(&CLUSTER.replacen("header: {header_name: x-user}", policy, 1));
    let same = |a: &str, b: &str| of(a).compare(&of(b));
    assert_eq!(same("query_parameter: {name: ID}", "query_parameter: {name: id}"), Different);
    assert_eq!(same("cookie: {name: SID}", "cookie: {name: sid}"), Different);
    assert_eq!(same("header: {header_name: X-A}", "header: {header_name: x-a}"), Same);
}
