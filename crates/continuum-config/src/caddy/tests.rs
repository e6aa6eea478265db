//! Texts of Caddy and what is read from them. The dial addresses of Caddyfiles are those
//! that `caddy adapt` 2.11.7 writes.

use super::{is_caddyfile, read, read_caddyfile};
use crate::testing::{file, json_tree, only, shown};

fn caddyfile(text: &str) -> Vec<String> {
    shown(read_caddyfile(text, &file()))
}

fn json(text: &str) -> Vec<String> {
    shown(read(&json_tree(text), &file()))
}

#[test]
fn upstreams_become_dial_addresses() {
    let text = ":8080 {\n\treverse_proxy localhost 127.0.0.1:81 unix//run/x.sock :9000 [::1] \
                [::1]:82 LOCALHOST:83 localhost:8001-8003 a {\n\t\tlb_policy header X-Key\n\t}\n}\n";
    assert_eq!(
        caddyfile(text),
        [":8080 caddy | localhost:80 127.0.0.1:81 /run/x.sock :9000<[:9000]> [::1]:80 [::1]:82 \
          LOCALHOST:83 localhost:8001 localhost:8002 localhost:8003 a:80"]
    );
    assert_eq!(
        caddyfile(
            "a.com, b.com {\nreverse_proxy https://h3 https://h4:444 {\nlb_policy ip_hash\n}\n}"
        ),
        ["a.com caddy | h3:443 h4:444"]
    );
}

#[test]
fn keys_in_the_configuration_s_own_words() {
    for (policy, key) in [
        ("header X-Key", "header X-Key"),
        ("query k {\nfallback round_robin\n}", "query k"),
        ("uri_hash", "uri_hash"),
        ("client_ip_hash", "client_ip_hash"),
    ] {
        let text = format!(":80\nreverse_proxy a:1 b:2 {{\nlb_policy {policy}\n}}\n");
        let draft = only(read_caddyfile(&text, &file()));
        assert_eq!(draft.key.as_text(), Some(key));
        assert!(draft.notes[0].sentence().contains("version=2.7"));
    }
}

#[test]
fn proxies_in_blocks_and_those_that_do_not_hash() {
    let text = "{\n\tadmin off\n}\nexample.com,\nwww.example.com {\n\thandle /api/* {\n\
                \t\treverse_proxy /x/* {\n\t\t\tto a:1 b:2 # two\n\t\t\tlb_policy uri_hash\n\t\t}\n\
                \t}\n\treverse_proxy c:1\n\treverse_proxy @m d:1 {\n\t\tlb_policy least_conn\n\t}\n}\n";
    assert_eq!(
        caddyfile(text),
        [
            "example.com caddy | a:1 b:2",
            "example.com#2 - balances by 'random', which does not hash",
            "example.com#3 - balances by 'least_conn', which does not hash",
        ]
    );
}

#[test]
fn what_is_not_covered_is_refused_by_name() {
    for (text, says) in [
        (":80 {\nimport x\n}", "f:2: import is not covered"),
        (":80 {\nreverse_proxy {$HOST}:1 {\nlb_policy ip_hash\n}\n}", "placeholders"),
        (":80 {\nreverse_proxy {\ndynamic a x 80\nlb_policy ip_hash\n}\n}", "f:3: dynamic"),
        (":80 {\nreverse_proxy ::1:80 {\nlb_policy ip_hash\n}\n}", "stands in brackets"),
        (":80 {\nreverse_proxy a:9-3 {\nlb_policy ip_hash\n}\n}", "range of ports falls"),
        (":80 {\nreverse_proxy a:1 {\nlb_policy header\n}\n}", "policy header names no field"),
        (":80 {\nreverse_proxy a:1 {\n", "a block has no }"),
        (":80 {\n}\n}", "f:3: a } closes no block"),
        (":80 {\nrespond \"x", "has no end"),
    ] {
        let found = caddyfile(text);
        assert!(
            found.iter().any(|line| line.starts_with("! ") && line.contains(says)),
            "{found:?}"
        );
    }
}

#[test]
fn json_of_any_depth() {
    let text = r#"{"apps": {"http": {"servers": {
        "srv0": {"routes": [{"handle": [{"handler": "subroute", "routes": [{"handle": [
            {"handler": "reverse_proxy",
             "load_balancing": {"selection_policy": {"policy": "query", "key": "k"}},
             "upstreams": [{"dial": "10.0.0.1:80"}, {"dial": "unix//run/a.sock"},
                           {"dial": "tcp/10.0.0.2:80"}]}]}]}]}]},
        "srv1": {"routes": [{"handle": [
            {"handler": "reverse_proxy", "upstreams": [{"dial": "a:1"}]},
            {"handler": "reverse_proxy", "dynamic_upstreams": {},
             "load_balancing": {"selection_policy": {"policy": "ip_hash"}}}]}]}
    }}}}"#;
    assert_eq!(
        json(text)[..2],
        [
            "srv0 caddy | 10.0.0.1:80 /run/a.sock tcp/10.0.0.2:80",
            "srv1 - balances by 'random', which does not hash",
        ]
    );
    assert!(json(text)[2].contains("dynamic_upstreams are found while Caddy runs"));
    assert!(json("{\"apps\": {}}")[0].contains("has no apps.http.servers"));
}

#[test]
fn told_by_name_and_beginning() {
    assert!(is_caddyfile("/etc/caddy/Caddyfile", "{\n\tadmin off\n}\n"));
    assert!(is_caddyfile("site.caddyfile", ":80\n"));
    assert!(!is_caddyfile("Caddyfile.json", "{\"apps\": {}}"));
    assert!(!is_caddyfile("nginx.conf", ":80\n"));
}
