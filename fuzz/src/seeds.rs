//! First inputs: the files of the tests for the readers, some texts where there are no
//! files, and for what takes records some bytes for every scheme.

use std::error::Error;
use std::fs;
use std::path::Path;

use continuum::assignment::Assignment;
use continuum::{Continuum, Scheme, Server, Servers};

use crate::targets::ALL;

/// Target, name and bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// Texts of readers that have no file among the tests.
const TEXTS: &[(&str, &str)] = &[
    ("server-text", "10.0.0.1:11211=2.5"),
    ("server-text", "[::1]:80"),
    ("server-text", "unix:/run/b.sock"),
    ("server-text", "/run/a.sock=3"),
    ("server-list", "a:1=1e308\nhost\n[::1]:80=2\n"),
    ("server-json", r#"[{"host":"a","port":1,"capacity":2,"zone":"z","id":7}]"#),
    ("server-json", r#""ring-1""#),
    ("server-json", r#""a:1=2""#),
    ("behaviors", "distribution consistent_ketama\nketama_weighted 1\nhash md5\n10.0.0.1:1=2\n"),
    ("behaviors", "ketama=1\nhash=murmur\nremove_failed=2\n"),
    ("csv", "\0\0key,size\n\"a \"\"b\"\"\",3\nc,4\n"),
    ("csv", "\u{1}\u{2}a,b\r\nc,d\r\n"),
    ("ndjson", "a.b\n{\"a\":{\"b\":\"x\\u00e9\"}}\n{\"a\":{\"b\":7},\"c\":[1,null]}\n"),
    ("key-lines", "\u{5}\none\ntwo\n\nthree"),
    (
        "log-lines",
        "\0\u{1}203.0.113.9 - ann [10/Oct/2025:13:55:36 -0700] \"GET /a//b%20c?b=1&x=\\x22 HTTP/1.1\" 200 2326 \"-\" \"curl/8\"",
    ),
    ("log-lines", "\u{1}\u{2}::1 - - [10/Oct/2025:13:55:36 +0000] \"HEAD / HTTP/2.0\" 304 -"),
    (
        "log-lines",
        "\u{2}\u{3}haproxy[1]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html?a=#22#C3#A9 HTTP/1.1\"",
    ),
    (
        "key-rule",
        "$request_uri$arg_a\nGET /a/../b%20c?a=1&b=2 HTTP/1.1\nHost: x\nCookie: a=b; c=d\n",
    ),
    ("key-rule", "${uri}x$cookie_c\n/a\nX-User: u\n"),
    (
        "caddyfile",
        ":80 {\n\treverse_proxy /x/* a:1 unix//run/x.sock {\n\t\tto b:2 # two\n\t\tlb_policy header X-Key\n\t}\n}\n",
    ),
    (
        "caddyfile",
        "a.com, b.com {\nhandle /api/* {\nreverse_proxy https://h3 h4:1-3 {\nlb_policy query k {\nfallback random\n}\n}\n}\n}",
    ),
    (
        "caddy-json",
        r#"{"apps":{"http":{"servers":{"s":{"routes":[{"handle":[{"handler":"reverse_proxy","load_balancing":{"selection_policy":{"policy":"uri_hash"}},"upstreams":[{"dial":"a:1"},{"dial":"unix//run/a"}]}]}]}}}}}"#,
    ),
    ("go-redis", r#"{"Addrs": {"shard1": ":7000", "shard2": "10.0.0.2:7000"}, "PoolSize": 5}"#),
    (
        "thanos",
        r#"[{"hashring":"a","algorithm":"ketama","tenants":["t"],"endpoints":["r-0:10901",{"address":"r-1:10901","az":"eu-1"}]}]"#,
    ),
    ("detect", "nginx\nupstream u { hash $uri; server a; server b; }"),
    ("detect", "{\"pools\":{}}"),
];

/// All of them.
///
/// # Errors
/// A file cannot be read.
pub fn all() -> Result<Vec<Seed>, Box<dyn Error>> {
    let mut all: Vec<Seed> = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for target in ALL {
        for (number, file) in target.seeds.iter().enumerate() {
            all.push((target.name, format!("file-{number}"), fs::read(root.join(file))?));
        }
    }
    for (number, (target, text)) in TEXTS.iter().enumerate() {
        all.push((*target, format!("text-{number}"), text.as_bytes().to_vec()));
    }
    for entry in Scheme::catalogue() {
        let plain = format!("{:#}", entry.scheme());
        all.push(("scheme-text", format!("scheme-{}", entry.name()), plain.into_bytes()));
    }
    let mut servers = Servers::from_texts(["a:80", "b:80=2", "c:80"])?;
    servers.add(Server::new("d", 80).with_zone("z").with_id(7).with_name("n"))?;
    let continuum = Continuum::with_servers("slots-1:slots=64".parse()?, servers)?;
    let mut assignment = Assignment::with_copies(&continuum, 8, 2)?;
    assignment.pin(3, "a:80")?;
    assignment.change(None)?;
    all.push(("assignment-json", "pinned".to_owned(), serde_json::to_vec(&assignment)?));
    let bytes = assignment.to_bytes();
    let whole = [&b"\0"[..], &bytes].concat();
    all.push(("assignment-bytes", "whole".to_owned(), whole));
    let mended = [&b"\xff"[..], &bytes[20..bytes.len() - 8]].concat();
    all.push(("assignment-bytes", "mended".to_owned(), mended));
    all.push(("packed-keys", "three".to_owned(), b"\x04\0\x03\x05\x09onetwothree".to_vec()));
    all.push(("fixed-keys", "three".to_owned(), b"\x03onetwosix".to_vec()));
    // Every scheme, the rest of the input by rule.
    for scheme in 0..=255_u8 {
        for step in [3_u8, 29, 83] {
            let rest = |count: u16| {
                (0..count).map(move |at| at.to_le_bytes()[0].wrapping_mul(step) ^ (step / 2))
            };
            let input = |count| [scheme, step % 3].into_iter().chain(rest(count)).collect();
            for (target, count) in [
                ("batches", 300),
                ("changes", 22),
                ("assignment-changes", 22),
                ("builds", 400),
                ("arrow-keys", 120),
            ] {
                if step == 3 || !matches!(target, "builds" | "arrow-keys") {
                    all.push((target, format!("rule-{scheme}-{step}"), input(count)));
                }
            }
        }
    }
    Ok(all)
}
