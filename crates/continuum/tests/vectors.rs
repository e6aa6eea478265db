//! What the real programs answered, key by key: one test a file of `vectors/`.

use std::path::{Path, PathBuf};

use continuum_vectors::{Outcome, read};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}

/// Every answer of a file must agree. `refused` sets hold a server twice;
/// `skipped` sets have a shape that a test beside their scheme reads.
fn agree(file: &str, refused: usize, skipped: usize) {
    let sets = read(&folder().join(file)).unwrap();
    let (mut answers, mut refusals, mut skips) = (0, Vec::new(), Vec::new());
    for set in &sets {
        match set.verify() {
            Outcome::Compared { answers: compared, differences: 0, .. } => answers += compared,
            Outcome::Compared { answers, differences, first } => panic!(
                "{file}: {} '{}': {differences} of {answers} answers differ, as {first:?}",
                set.scheme().unwrap_or_default(),
                set.name(),
            ),
            Outcome::Refused(why) => refusals.push(format!("{}: {why}", set.name())),
            Outcome::Skipped(why) => skips.push(format!("{}: {why}", set.name())),
        }
    }
    println!("{file}: {} sets, {answers} answers, 0 differ", sets.len());
    assert_eq!(refusals.len(), refused, "{file}: {refusals:#?}");
    assert_eq!(skips.len(), skipped, "{file}: {skips:#?}");
    assert!(answers > 0 || skipped == sets.len(), "{file}: nothing was compared");
}

/// `name => "file", refused, skipped`, and a test that no file is left out.
macro_rules! files {
    ($($name:ident => $file:literal, $refused:literal, $skipped:literal;)*) => {
        $(#[test] fn $name() { agree($file, $refused, $skipped) })*

        #[test]
        fn every_file_is_read() {
            let listed = [$($file),*];
            for entry in std::fs::read_dir(folder()).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(!name.ends_with(".json") || listed.contains(&&*name), "{name} has no test");
            }
        }
    };
}

files! {
    cache_memcached_fast => "cache_memcached_fast.json", 0, 0;
    caddy => "caddy.json", 0, 0;
    carbon_c_relay_any_of => "carbon_c_relay_any_of.json", 0, 0;
    carbon_c_relay_old => "carbon_c_relay_old.json", 0, 0;
    cassandra => "cassandra.json", 0, 0;
    ceph_straw2 => "ceph_straw2.json", 0, 0;
    clandestined => "clandestined.json", 0, 0;
    clickhouse => "clickhouse.json", 0, 0;
    elasticsearch => "elasticsearch.json", 0, 0;
    // Sequences of requests: read by a test of EnvoyBounded.
    envoy_bounded => "envoy-bounded.json", 0, 7;
    envoy_redis => "envoy-redis.json", 0, 0;
    // Two hash policies: read by a test of EnvoyHash.
    envoy_running => "envoy-running.json", 0, 2;
    go_redis => "go-redis.json", 0, 0;
    nats_partition => "nats-partition.json", 0, 0;
    pingora_ketama => "pingora-ketama.json", 0, 0;
    plproxy => "plproxy.json", 0, 0;
    // Mixed moduli: read by a test of postgres.
    postgres => "postgres.json", 0, 2;
    // A queue unbound before.
    rabbitmq_consistent_hash => "rabbitmq-consistent-hash.json", 0, 1;
    ray_serve => "ray-serve.json", 0, 0;
    // A weight raised afterwards.
    resty_chash => "resty-chash.json", 0, 1;
    // Another header is the key.
    sglang_router => "sglang-router.json", 0, 1;
    thanos => "thanos.json", 0, 0;
    victoriametrics => "victoriametrics.json", 1, 0;
    vllm_production_stack => "vllm-production-stack.json", 0, 0;
    // Another header is the key.
    vllm_router => "vllm-router.json", 0, 1;
    dalli => "dalli.json", 0, 0;
    // The bound on overload depends on every call before: see docs/schemes/dubbo.md.
    dubbo => "dubbo.json", 0, 9;
    // Histograms: read by a test of the ring.
    envoy => "envoy.json", 0, 3;
    envoy_derived => "envoy-derived.json", 0, 0;
    enyim => "enyim.json", 0, 0;
    exact_hits => "exact-hits.json", 0, 0;
    go_libs => "go_libs.json", 0, 0;
    graphite => "graphite.json", 0, 0;
    grpc_ring_hash => "grpc_ring_hash.json", 0, 0;
    haproxy => "haproxy.json", 0, 0;
    haproxy_3x => "haproxy-3x.json", 0, 0;
    // Sequences of requests: read by a test of HaproxyBounded.
    haproxy_bounded => "haproxy-bounded.json", 0, 8;
    // Balance algorithms that cut the key: read by a test of their rules.
    haproxy_edges => "haproxy-edges.json", 0, 9;
    hash_ring => "hash_ring.json", 0, 0;
    jedis => "jedis.json", 0, 0;
    // Keys that several labels make.
    hashmod => "hashmod.json", 0, 24;
    hashmod_vm1150 => "hashmod_vm1150.json", 0, 6;
    // 2^31 - 1 buckets are more than are listed as servers; see placement/jump.rs.
    jump_guava => "jump_guava.json", 0, 2;
    kafka => "kafka.json", 0, 0;
    kafka_clients => "kafka_clients.json", 0, 0;
    kafka_go => "kafka_go.json", 0, 0;
    ketama_ties => "ketama-ties.json", 0, 0;
    libketama => "libketama.json", 0, 0;
    libmemcached => "libmemcached.json", 0, 0;
    libmemcached_allhashes => "libmemcached-allhashes.json", 0, 0;
    libmemcached_quirks => "libmemcached-quirks.json", 0, 0;
    // 8,388,608 buckets: read by a test of furc_hash.
    live => "live.json", 0, 0;
    mcrouter => "mcrouter.json", 0, 1;
    memcached_modulo => "memcached_modulo.json", 0, 0;
    memcached_proxy => "memcached_proxy.json", 0, 0;
    nginx => "nginx.json", 2, 0;
    // Functions as algorithms: no scheme.
    npm_hashring => "npm-hashring.json", 0, 4;
    npm_memcached => "npm-memcached.json", 0, 0;
    nginx_ip_hash_split_clients => "nginx_ip_hash_split_clients.json", 0, 0;
    own => "own.json", 0, 0;
    pecl_memcache => "pecl-memcache.json", 0, 0;
    php_redis => "php-redis.json", 0, 0;
    predis => "predis.json", 0, 0;
    pylibmc_bundled_libmemcached => "pylibmc-bundled-libmemcached.json", 0, 0;
    pymemcache => "pymemcache.json", 0, 0;
    // "allcap0" records only an exception.
    python_continuum => "python-continuum.json", 0, 1;
    redis_cluster => "redis_cluster.json", 0, 0;
    redis_rb => "redis-rb.json", 0, 0;
    spymemcached => "spymemcached.json", 0, 0;
    traefik => "traefik.json", 0, 0;
    twemproxy => "twemproxy.json", 0, 0;
    tooz => "tooz.json", 0, 0;
    uhashring => "uhashring.json", 0, 0;
    varnish => "varnish.json", 0, 0;
    xmemcached => "xmemcached.json", 0, 0;
    varnish_hash => "varnish_hash.json", 0, 0;
}
