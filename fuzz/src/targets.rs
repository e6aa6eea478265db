//! Every target: its name, what it runs, and what it starts from.

use continuum_config::Format;

use crate::{arrow, assignments, batches, builds, changes, configs, files, keys, texts};

/// What has a fuzzer of its own, so that an input costs microseconds and
/// coverage is that of one reader.
pub struct Target {
    /// Its name on the command line of scripts/fuzz.
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// Files that it starts from, from the root of the project.
    pub seeds: &'static [&'static str],
    /// Sources whose quoted words are its dictionary: files and folders.
    pub words: &'static [&'static str],
    /// The longest input.
    pub longest: usize,
    /// Its part of the time of `scripts/fuzz --in-all`, beside the others'.
    pub share: u32,
}

/// A target without files.
const fn of(name: &'static str, run: fn(&[u8]), longest: usize) -> Target {
    Target { name, run, seeds: &[], words: &[], longest, share: 2 }
}

macro_rules! config {
    ($name:literal, $format:ident, $file:literal, [$($seed:literal),*], [$($words:literal),*]) => {
        Target {
            seeds: &[$($seed),*],
            words: &[$(concat!("crates/continuum-config/src/", $words)),*],
            ..of($name, |data| configs::read(data, $file, Format::$format), 768)
        }
    };
}

/// All of them, the small ones first.
pub const ALL: &[Target] = &[
    Target { share: 20, ..of("packed-keys", keys::packed, 128) },
    Target { share: 20, ..of("fixed-keys", keys::fixed, 128) },
    of("scheme-text", |data| texts::text(data, texts::scheme), 128),
    of("server-text", |data| texts::text(data, texts::server), 128),
    of("server-list", |data| texts::text(data, texts::servers), 256),
    of("server-json", texts::json, 256),
    of("behaviors", |data| texts::text(data, texts::behaviors), 256),
    of("log-lines", continuum_fuzz_program::log, 512),
    of("csv", continuum_fuzz_program::csv, 256),
    of("ndjson", continuum_fuzz_program::ndjson, 256),
    of("key-lines", continuum_fuzz_program::lines, 256),
    of("arrow-keys", arrow::keys, 256),
    of("key-rule", configs::rule, 256),
    Target {
        seeds: &["docs/commands/assign.in/cut.ctm"],
        ..of("assignment-bytes", files::bytes, 512)
    },
    of("assignment-json", files::json, 512),
    Target {
        seeds: &[
            "crates/continuum-cli/tests/cmd/verify.in/recorded.json",
            "crates/continuum-cli/tests/cmd/verify.in/differing.json",
        ],
        words: &["crates/continuum-vectors/src"],
        ..of("recorded", files::recorded, 1024)
    },
    config!(
        "twemproxy",
        Twemproxy,
        "twemproxy.yml",
        [
            "crates/continuum-config/tests/good/twemproxy.yml",
            "crates/continuum-config/tests/examples/nutcracker.yml"
        ],
        ["twemproxy.rs"]
    ),
    config!(
        "nginx",
        Nginx,
        "nginx.conf",
        [
            "crates/continuum-config/tests/good/nginx.conf",
            "crates/continuum-config/tests/examples/nginx.conf",
            "docs/commands/lint.in/nginx.conf"
        ],
        ["nginx.rs", "nginx", "key/nginx.rs"]
    ),
    config!(
        "haproxy",
        Haproxy,
        "haproxy.cfg",
        ["crates/continuum-config/tests/good/haproxy.cfg", "docs/commands/lint.in/haproxy.cfg"],
        ["haproxy.rs", "haproxy"]
    ),
    config!(
        "envoy-yaml",
        Envoy,
        "envoy.yaml",
        ["crates/continuum-config/tests/good/envoy.yaml"],
        ["envoy.rs", "envoy"]
    ),
    config!(
        "envoy-json",
        Envoy,
        "envoy.json",
        ["crates/continuum-config/tests/good/envoy.json"],
        ["envoy.rs", "envoy"]
    ),
    config!("caddyfile", Caddy, "Caddyfile", [], ["caddy.rs", "caddy"]),
    config!("caddy-json", Caddy, "caddy.json", [], ["caddy.rs"]),
    config!(
        "mcrouter",
        Mcrouter,
        "mcrouter.json",
        ["crates/continuum-config/tests/good/mcrouter.json"],
        ["mcrouter.rs", "mcrouter"]
    ),
    config!(
        "libmemcached",
        Libmemcached,
        "libmemcached.conf",
        ["crates/continuum-config/tests/good/libmemcached.conf"],
        ["libmemcached.rs"]
    ),
    config!("go-redis", GoRedis, "go-redis.json", [], ["go_redis.rs"]),
    config!("thanos", Thanos, "hashrings.json", [], ["thanos.rs"]),
    config!(
        "carbon",
        Carbon,
        "carbon.conf",
        ["crates/continuum-config/tests/good/carbon.conf"],
        ["carbon.rs", "ini.rs"]
    ),
    config!(
        "carbon-c-relay",
        CarbonCRelay,
        "relay.conf",
        ["crates/continuum-config/tests/good/relay.conf"],
        ["carbon_c_relay.rs"]
    ),
    config!(
        "prometheus",
        Prometheus,
        "prometheus.yml",
        ["crates/continuum-config/tests/good/prometheus.yml"],
        ["prometheus.rs"]
    ),
    config!(
        "kafka",
        Kafka,
        "producer.properties",
        ["crates/continuum-config/tests/good/producer.properties"],
        ["kafka.rs"]
    ),
    config!(
        "endpoint-slice",
        EndpointSlice,
        "slices.json",
        ["crates/continuum-config/tests/good/slices.json"],
        ["kubernetes.rs", "kubernetes"]
    ),
    config!(
        "toml",
        Toml,
        "pools.toml",
        ["crates/continuum-config/tests/good/pools.toml"],
        ["toml.rs"]
    ),
    config!(
        "text",
        Text,
        "servers.txt",
        ["crates/continuum-config/tests/good/servers.txt"],
        ["text.rs"]
    ),
    Target {
        words: &["crates/continuum-config/src/detect.rs", "crates/continuum-config/src/config.rs"],
        ..of("detect", configs::detect, 512)
    },
    Target { share: 4, ..of("batches", batches::run, 1024) },
    Target { share: 4, ..of("changes", changes::run, 128) },
    Target { share: 4, ..of("assignment-changes", assignments::run, 128) },
    Target { share: 4, ..of("builds", builds::run, 2048) },
];

/// What a target runs. For constants: a name that is not there does not compile.
#[must_use]
pub const fn named(name: &str) -> fn(&[u8]) {
    let mut at = 0;
    while at < ALL.len() {
        if same(ALL[at].name.as_bytes(), name.as_bytes()) {
            return ALL[at].run;
        }
        at += 1;
    }
    panic!("no target has this name")
}

/// Whether a target's inputs are [`crate::records`].
#[must_use]
pub const fn has_records(name: &str) -> bool {
    same(name.as_bytes(), b"changes") || same(name.as_bytes(), b"assignment-changes")
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
