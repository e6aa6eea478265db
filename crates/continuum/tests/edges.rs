//! The recorded answers reach the edges: counted, so that a file that lost them
//! would not stay green.

use std::collections::BTreeMap;
use std::path::Path;

use continuum::scheme::Order;
use continuum::{Continuum, Scheme, Server, Servers};
use continuum_vectors::{Set, read};

const EDGES: [&str; 10] = [
    "empty key",
    "not UTF-8",
    "one server",
    "weight 0",
    "IPv6",
    "port 11211",
    "Unix socket",
    "exact hit",
    "tie",
    "wrap",
];

/// How often the recorded answers of one scheme meet each edge.
type Edges = [u64; EDGES.len()];

fn built(set: &Set, reversed: bool) -> Option<Continuum> {
    let scheme: Scheme = set.scheme()?.parse().ok()?;
    let mut servers = Servers::new();
    let list: Vec<_> = set.servers().to_vec();
    let ordered: Vec<_> = if reversed { list.into_iter().rev().collect() } else { list };
    for server in ordered {
        servers.add(server).ok()?;
    }
    Continuum::with_servers(scheme, servers).ok()
}

fn count(set: &Set, crafted_tie: bool, edges: &mut Edges) {
    let servers = set.servers();
    let [empty, not_utf8, one, zero, ipv6, port, socket, hit, tie, wrap] = edges;
    let some = |found: bool| u64::from(found);
    *one += some(servers.len() == 1);
    *zero += some(servers.iter().any(|s| s.capacity().get() == 0.0));
    *ipv6 += some(servers.iter().any(|s| s.host().contains(':')));
    *port += some(servers.iter().any(|s| s.port() == Some(11211)));
    *socket += some(servers.iter().any(Server::is_unix_socket));
    for (key, _) in set.owners() {
        *empty += some(key.is_empty());
        *not_utf8 += some(std::str::from_utf8(key).is_err());
        *tie += some(crafted_tie);
    }
    let Some(continuum) = built(set, false) else { return };
    let Some(ranges) = continuum.ranges().filter(|_| servers.len() > 1) else { return };
    let other = built(set, true).filter(|_| continuum.scheme().order() == Order::Ties);
    let asked = set.owners().filter_map(|(key, _)| continuum.position(key));
    for position in asked.chain(set.positions().map(|(position, _)| position)) {
        let at = ranges.partition_point(|range| range.last < position);
        let Some(range) = ranges.get(at) else { continue };
        // A range ends at a point or just before one: a key at its border tells
        // >= from >.
        *hit += some(position == range.last || position == range.first);
        *wrap += some(at + 1 == ranges.len());
    }
    if let Some(other) = &other {
        let owner = |c: &Continuum, key| c.resolve(key).map(|s| s.identity().into_owned());
        for (key, _) in set.owners() {
            *tie += some(owner(&continuum, key) != owner(other, key));
        }
    }
}

/// As `exempt`, for clients in Ruby, PHP, JavaScript, Java and .NET, and for two proxies.
fn exempt_client(scheme: &str, edge: &str) -> Option<&'static str> {
    const CLIENTS: [&str; 14] = [
        "caddy",
        "dalli",
        "dubbo",
        "enyim",
        "jedis",
        "npm-hashring",
        "npm-memcached",
        "pecl-memcache",
        "php-redisarray",
        "predis",
        "redis-client",
        "redis-rb",
        "traefik",
        "xmemcached",
    ];
    let named = |list: &[&str]| list.contains(&scheme);
    if !named(&CLIENTS) {
        return None;
    }
    match edge {
        "exact hit" | "tie" | "wrap" if named(&["caddy", "traefik"]) => Some("no ring"),
        "exact hit" | "tie" | "wrap" if scheme == "pecl-memcache" => {
            Some("its ring is cut into buckets; those borders were asked for")
        }
        "tie" if scheme == "php-redisarray" => {
            Some("its list has no ties, its ring's were asked for")
        }
        "tie" if scheme == "jedis" => {
            Some("order decides throughout; ties of names were asked for")
        }
        "tie" if scheme == "xmemcached" => {
            Some("order decides no tie; those asked for are in sets")
        }
        "tie" if scheme == "npm-hashring" => {
            Some("its sets of ties have a function for an algorithm, and so no scheme")
        }
        "exact hit" | "tie" | "wrap" if named(&["redis-client", "npm-memcached"]) => {
            Some("redis-rb and npm-hashring have the same rings")
        }
        "exact hit" if named(&["dubbo", "enyim", "npm-hashring", "predis", "xmemcached"]) => {
            Some("no keys were searched that an MD5 puts on a point")
        }
        "one server" if scheme == "redis-client" => Some("not among the recorded sets"),
        "empty key" => Some("the client refuses it, or it was not recorded"),
        "not UTF-8"
            if named(&[
                "dubbo",
                "enyim",
                "npm-hashring",
                "npm-memcached",
                "plproxy",
                "xmemcached",
            ]) =>
        {
            Some("its keys are texts")
        }
        "IPv6" => Some("it stands in names, or was IPv4 in the recordings"),
        _ => None,
    }
}

/// Which edges the recorded answers of a scheme cannot or do not have, and why.
/// Everything else must be there.
fn exempt(scheme: &str, edge: &str) -> Option<&'static str> {
    const NO_RING: &[&str] = &[
        "buraksezer",
        "ceph-straw2",
        "clickhouse",
        "clickhouse-jump",
        "elasticsearch",
        "go-redis",
        "nats-partition",
        "plproxy",
        "postgres",
        "rabbitmq-consistent-hash",
        "sglang-router",
        "thanos-hashmod",
        "victoriametrics",
        "clandestined",
        "clandestined-cluster",
        "envoy-maglev",
        "guava",
        "hashmod",
        "jump",
        "kafka",
        "mcrouter",
        "memcached-modulo",
        "nginx-ip-hash",
        "nginx-split-clients",
        "pymemcache",
        "varnish-hash",
        "vmagent-cluster",
    ];
    let named = |list: &[&str]| list.contains(&scheme);
    if let Some(why) = exempt_client(scheme, edge) {
        return Some(why);
    }
    match edge {
        "exact hit" | "tie" | "wrap" if named(NO_RING) || scheme == "redis-cluster" => {
            Some("no ring")
        }
        "tie" if named(&["pingora-ketama", "vllm-router"]) => {
            Some("the program leaves open who wins, or who registered first; not recorded")
        }
        "exact hit" | "wrap" if named(&["ray-serve", "thanos-ketama", "vllm-router"]) => {
            Some("not crafted; the ring's rules are tested by themselves")
        }
        "tie"
            if named(&[
                "envoy-ring-hash",
                "grpc-ring-hash",
                "serialx",
                "cassandra",
                "ray-serve",
                "thanos-ketama",
            ]) =>
        {
            Some("two of its 64- or 128-bit points were never seen to meet")
        }
        "tie"
            if named(&[
                "stathat",
                "groupcache",
                "varnish-shard",
                "haproxy",
                "cache-memcached-fast",
            ]) =>
        {
            Some(
                "names that meet were not searched for; the ring's tie rules are tested by themselves",
            )
        }
        "exact hit" if scheme == "cache-memcached-fast" => {
            Some("not crafted; nginx has the same ring")
        }
        _ if named(&["hashmod", "vmagent-cluster", "nginx-split-clients"]) => {
            Some("its servers are numbered; keys are texts, or make a label")
        }
        "empty key" | "not UTF-8" if scheme == "nginx-ip-hash" => Some("keys are addresses"),
        "not UTF-8" if named(&["graphite-carbon", "varnish-hash"]) => Some("its keys are texts"),
        "empty key" if named(&["carbon-c-relay", "memcached-modulo"]) => {
            Some("cannot be asked through its protocol")
        }
        "empty key" if named(&["graphite-carbon", "varnish-hash"]) => {
            Some("not among the recorded keys; hashed like any other")
        }
        "wrap" if scheme == "graphite-carbon" => Some("places beyond 16 bits take its last keys"),
        "Unix socket" if named(&["libmemcached", "twemproxy", "nginx"]) => None,
        "Unix socket" => Some("it takes no socket, or hashes a name whatever it is"),
        "port 11211"
            if named(&["libmemcached", "twemproxy", "memcached-proxy", "spymemcached"]) =>
        {
            None
        }
        "port 11211" => Some("to it a port like any other"),
        "weight 0"
            if named(&[
                "libmemcached",
                "haproxy",
                "python-continuum",
                "ceph-straw2",
                "mcrouter",
            ]) =>
        {
            None
        }
        "weight 0" => Some("the program refuses it or knows no weights"),
        "IPv6" if named(&["cache-memcached-fast", "memcached-proxy"]) => {
            Some("its servers were IPv4 in the recordings; the text is hashed as it is")
        }
        "IPv6" | "one server"
            if named(&[
                "clickhouse",
                "clickhouse-jump",
                "elasticsearch",
                "nats-partition",
                "plproxy",
                "postgres",
            ]) =>
        {
            Some("servers are numbers to it")
        }
        "IPv6" if named(&["rabbitmq-consistent-hash", "sglang-router"]) => {
            Some("it hashes no server")
        }
        "IPv6"
            if named(&[
                "apisix",
                "go-redis",
                "ingress-nginx",
                "resty-chash",
                "thanos-ketama",
                "victoriametrics",
            ]) =>
        {
            Some("the text is hashed as it is")
        }
        "empty key"
            if named(&["envoy-maglev", "envoy-ring-hash", "nats-partition", "ray-serve"])
                || named(&["sglang-router", "vllm-router"]) =>
        {
            Some("not recorded, or no key to the program")
        }
        "not UTF-8"
            if named(&["elasticsearch", "nats-partition", "rabbitmq-consistent-hash"])
                || named(&["ray-serve", "sglang-router", "vllm-router"]) =>
        {
            Some("its keys are texts")
        }
        "IPv6" | "one server"
            if named(&["jump", "guava", "kafka", "redis-cluster", "cassandra"]) =>
        {
            Some("servers are numbers to it")
        }
        "IPv6" if named(&["memcached-modulo", "nginx-ip-hash", "varnish-hash"]) => {
            Some("it hashes nothing of a server")
        }
        "IPv6" if named(&["ceph-straw2", "clandestined-cluster"]) => Some("servers have ids"),
        "one server"
            if named(&[
                "cache-memcached-fast",
                "ceph-straw2",
                "clandestined-cluster",
                "envoy-ring-hash",
                "envoy-maglev",
                "buraksezer",
            ]) =>
        {
            Some("not among the recorded sets; the conformance suite has it")
        }
        "empty key" if named(&["nginx", "haproxy"]) => Some("takes turns for it"),
        "empty key"
            if named(&[
                "cache-memcached-fast",
                "memcached-proxy",
                "varnish-shard",
                "ceph-straw2",
            ]) =>
        {
            Some("cannot be asked through its protocol")
        }
        "not UTF-8"
            if named(&["spymemcached", "uhashring", "plproxy", "pymemcache", "clandestined"]) =>
        {
            Some("its keys are texts")
        }
        "empty key" | "not UTF-8"
            if named(&[
                "jump",
                "guava",
                "kafka",
                "redis-cluster",
                "cassandra",
                "clandestined-cluster",
            ]) =>
        {
            Some("keys are recorded as numbers, slots or tokens")
        }
        _ => None,
    }
}

#[test]
fn recorded_answers_reach_the_edges() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let mut all: BTreeMap<&str, Edges> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let crafted_tie = path.file_stem().is_some_and(|stem| stem == "ketama-ties");
        for set in read(&path).unwrap() {
            // `own.json` holds answers of our own: no program's edges.
            let Some(scheme) = set.scheme().filter(|_| set.system() != "Continuum") else {
                continue;
            };
            // A file may hold answers for a scheme that is not there yet.
            let Ok(scheme) = scheme.parse::<Scheme>() else { continue };
            let name = scheme.name();
            count(&set, crafted_tie, all.entry(name).or_default());
        }
    }
    assert!(all.len() > 25, "only {} schemes have recorded answers", all.len());
    let mut missing = Vec::new();
    for (scheme, counts) in &all {
        let cells: Vec<String> =
            EDGES.iter().zip(counts).map(|(edge, count)| format!("{edge} {count}")).collect();
        println!("{scheme}: {}", cells.join(", "));
        for (edge, count) in EDGES.iter().zip(counts) {
            if *count == 0 && exempt(scheme, edge).is_none() {
                missing.push(format!("{scheme} lacks {edge}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
