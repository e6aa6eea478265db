//! Good files of every format: told, read, built, and asked.

use std::path::PathBuf;

use continuum::Continuum;
use continuum_config::{Config, Format, Options, Pool, load, load_as};

pub(crate) fn good(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/good").join(name)
}

fn options(name: &str) -> Options {
    match name {
        "slices.json" => Options::new().with_scheme("nginx".parse().unwrap()),
        "producer.properties" => Options::new().with_partitions(6),
        _ => Options::new(),
    }
}

#[test]
fn every_format_is_told_and_read() {
    for (name, format, pools) in [
        ("twemproxy.yml", Format::Twemproxy, &["alpha", "beta", "gamma", "delta", "omega"][..]),
        ("nginx.conf", Format::Nginx, &["images", "plain"]),
        ("haproxy.cfg", Format::Haproxy, &["images", "other"]),
        ("envoy.yaml", Format::Envoy, &["images", "sessions"]),
        ("envoy.json", Format::Envoy, &["images"]),
        ("mcrouter.json", Format::Mcrouter, &["A", "B"]),
        ("libmemcached.conf", Format::Libmemcached, &["libmemcached"]),
        ("pools.toml", Format::Toml, &["first", "second"]),
        ("servers.txt", Format::Text, &["servers"]),
        ("slices.json", Format::EndpointSlice, &["images"]),
        ("carbon.conf", Format::Carbon, &["relay", "aggregator"]),
        ("relay.conf", Format::CarbonCRelay, &["send-through"]),
        ("prometheus.yml", Format::Prometheus, &["node"]),
        ("producer.properties", Format::Kafka, &["producer"]),
    ] {
        let config = Config::read(good(name), &options(name)).unwrap();
        assert_eq!(config.format(), format, "{name}");
        let found: Vec<&str> = config.pools().iter().map(Pool::name).collect();
        let refused: Vec<_> = config.refused().map(|(_, error)| error.to_string()).collect();
        assert_eq!(found, pools, "{name}: {refused:?}");
        for pool in config.pools() {
            let scheme = pool.scheme().clone();
            let map = Continuum::with_servers(scheme, pool.servers().clone());
            let map = map.unwrap_or_else(|error| panic!("{name} {}: {error}", pool.name()));
            assert!(map.resolve("key").is_some(), "{name} {}", pool.name());
        }
    }
}

#[test]
fn an_ending_does_not_hide_what_a_file_is() {
    let text = |name: &str| std::fs::read_to_string(good(name)).unwrap();
    let caddy = "a.com {\n\treverse_proxy a:1 b:1 {\n\t\tlb_policy ip_hash\n\t}\n}\n";
    for (name, text, format) in [
        ("nutcracker.conf", text("twemproxy.yml"), Format::Twemproxy),
        ("envoy.cfg", text("envoy.yaml"), Format::Envoy),
        ("prometheus.conf", text("prometheus.yml"), Format::Prometheus),
        ("nginx.txt", text("nginx.conf"), Format::Nginx),
        ("caddy.conf", caddy.to_owned(), Format::Caddy),
        ("site.caddy", caddy.to_owned(), Format::Caddy),
        ("noext", format!("{{\n\tadmin off\n}}\n{caddy}"), Format::Caddy),
    ] {
        let config = Config::parse(&text, name, &Options::new()).unwrap();
        assert_eq!(config.format(), format, "{name}");
        assert!(!config.pools().is_empty(), "{name}");
    }
}

#[test]
fn what_stands_in_the_file_is_in_the_pool() {
    let pools = load(good("haproxy.cfg")).unwrap();
    assert_eq!(pools[0].bounded(), Some(150));
    assert_eq!(pools[0].key().to_string(), "uri");
    assert_eq!(pools[0].down().count(), 0);
    let ids: Vec<u32> = pools[0].servers().iter().filter_map(|server| server.id()).collect();
    assert_eq!(ids, [1, 7, 3, 4, 5, 6]);
    assert!(pools[0].place().to_string().ends_with("haproxy.cfg:14"));
    assert_eq!(
        pools[1].scheme().to_string(),
        "haproxy:method=map-based,function=crc32,avalanche=on,input=hdr"
    );
    let pools = load_as(good("nginx.conf"), Format::Nginx).unwrap();
    assert_eq!(pools[1].scheme().to_string(), "nginx:consistent=off");
    assert_eq!(pools[1].servers().len(), 2);
    assert_eq!(pools[1].notes().len(), 3);
}

#[test]
fn pools_are_asked_by_name() {
    let text = "http {\n upstream a { server x; }\n upstream b { hash $a; server x:y; }\n}\n";
    let config = Config::parse(text, "nginx.conf", &Options::new()).unwrap();
    assert_eq!(config.skipped()[0].name(), "a");
    for (name, says) in [
        (
            "a",
            "nginx.conf:2: pool 'a': does not hash: without a 'hash' directive nginx takes turns",
        ),
        ("b", "nginx.conf:3: pool 'b': port 'y' is not a number from 1 to 65535"),
        ("c", "nginx.conf:1: no pool 'c'; there are none"),
    ] {
        assert_eq!(config.pool(name).unwrap_err().to_string(), says);
    }
    let error = config.into_pools().unwrap_err();
    assert_eq!(error.complaints().len(), 1);
    assert_eq!(error.complaints()[0].place().line(), 3);
}

#[test]
fn the_same_server_twice_names_both_lines() {
    let text = "scheme nginx\na:1\nb:1\na:1\n";
    let error = Config::parse(text, "s.txt", &Options::new()).unwrap().into_pools().unwrap_err();
    assert_eq!(
        error.to_string(),
        "s.txt:4: pool 's': server 'a:1' is listed twice, first on line 2"
    );
    let text = "scheme nginx\na:1 0.5\n";
    let error = Config::parse(text, "s.txt", &Options::new()).unwrap().into_pools().unwrap_err();
    assert!(
        error.to_string().starts_with("s.txt:2: pool 's': server 'a:1': weight 0.5 does not fit")
    );
}

#[test]
fn nothing_is_guessed() {
    for (name, text, says) in [
        ("x", "hello\n", "neither name nor content tells"),
        ("x.yml", "a: 1\n", "is neither twemproxy's, Envoy's"),
        ("x.json", "{\"a\": 1}", "is neither twemproxy's, Envoy's"),
        ("x.json", "[]", "is neither twemproxy's, Envoy's"),
        ("x.yml", "", "is empty"),
        ("x.txt", "a:1\n", "no scheme given"),
        ("x.conf", "", "no upstream or pool found"),
    ] {
        let result = Config::parse(text, name, &Options::new()).and_then(Config::into_pools);
        let error = result.unwrap_err().to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

/// nginx and HAProxy read no byte order mark; other programs read past it.
#[test]
fn a_byte_order_mark() {
    for (text, name, program) in [
        ("upstream u { hash $a; server a; }", "nginx.conf", "nginx"),
        ("backend b\n balance source\n server s h:1\n", "haproxy.cfg", "haproxy"),
    ] {
        let marked = format!("\u{feff}{text}");
        let error = Config::parse(marked, name, &Options::new()).unwrap_err().to_string();
        let wanted = format!("begins with a byte order mark, which {program} refuses");
        assert!(error.ends_with(&wanted), "{error}");
    }
    let marked = "\u{feff}a:\n  servers: [\"a:1:1\"]\n";
    let config = Config::parse(marked, "nutcracker.yml", &Options::new()).unwrap();
    assert_eq!(config.pools()[0].name(), "a");
}
