use crate::Topic;
use crate::draft::{Draft, Found};
use crate::nginx::read;
use crate::testing::{file, none, only, servers, shown};

fn one(text: &str) -> String {
    shown(read(text, &file(), &none())).remove(0)
}

fn draft(text: &str) -> Box<Draft> {
    only(read(text, &file(), &none()))
}

/// `w += naddrs * weight` in nginx's init_round_robin, which plain hash and ip_hash count by.
#[test]
fn names_with_several_addresses_are_told_once_where_addresses_are_counted() {
    let assumed = |method: &str, servers: &str| {
        let draft = draft(&format!("upstream u {{ {method};\n {servers} }}"));
        let notes = draft.notes.iter().filter(|note| note.topic() == Topic::Assumed);
        notes.map(ToString::to_string).collect::<Vec<_>>()
    };
    let names = "server 10.0.0.1;\n server a:80 weight=2; server b;";
    let told = "f:3: server 'a:80' is a name: nginx gives each address of a name the weight of its \
                line, and one address is assumed";
    assert_eq!(assumed("hash $uri", names), [told]);
    assert_eq!(assumed("ip_hash", names), [told]);
    assert_eq!(assumed("hash $uri", "server localhost;").len(), 1);
    // All addresses of a name share its points.
    assert!(assumed("hash $uri consistent", names).is_empty());
    let addresses = "server 10.0.0.1; server [::1]:80; server [::1]; server unix:/a;";
    assert!(assumed("hash $uri", addresses).is_empty());
}

#[test]
fn stream_has_not_all_that_http_has() {
    for (body, says) in [
        ("ip_hash; server a:1;", "f:1: ip_hash is a directive of http: nginx has none in stream"),
        ("hash $x; server a:1; keepalive 2;", "f:1: keepalive is a directive of http"),
        ("hash $x; server a;", "f:1: server 'a': nginx wants its port in stream"),
        ("hash $request_uri; server a:1;", "f:1: $request_uri is a variable of http: nginx has"),
        ("hash $x${HTTP_Host}; server a:1;", "f:1: $http_host is a variable of http"),
    ] {
        let found = one(&format!("stream {{ upstream u {{ {body} }} }}"));
        assert!(found.starts_with(&format!("! {says}")), "{found}");
        // In http, and in an excerpt, which is taken for http's.
        for text in
            [format!("http {{ upstream u {{ {body} }} }}"), format!("upstream u {{ {body} }}")]
        {
            assert!(one(&text).starts_with("u nginx"), "{text}");
        }
    }
    let split = "split_clients $arg_id $v { 50% a; * b; }";
    let found = one(&format!("stream {{ {split} }}"));
    assert!(found.starts_with("! f:1: $arg_id is a variable of http"), "{found}");
    assert!(one(split).starts_with("$v nginx-split-clients"));
    let fine =
        "stream { upstream u { hash $remote_addr$protocol; server 10.0.0.1:1; server unix:/a; } }";
    assert!(one(fine).starts_with("u nginx:consistent=off | 10.0.0.1:1"), "{}", one(fine));
    assert_eq!(
        one("stream { upstream u { least_conn; server a:1; queue 5; } }"),
        "u - does not hash a key: it balances by least_conn"
    );
}

/// A map may fill a variable of such a name: it is then no part of a request.
#[test]
fn what_a_file_fills_in_stream_is_its_own() {
    let text = "stream { upstream u { hash $host; server 10.0.0.1:1; }\n\
                map $ssl_preread_server_name $host { a 1; default 2; } }";
    let draft = draft(text);
    assert_eq!(
        draft.key.as_text(),
        Some("$host, after map $ssl_preread_server_name $host { a 1; default 2 }")
    );
    let request = crate::Request::parse("GET / HTTP/1.1").unwrap().with_header("Host", "a");
    assert!(draft.key.key(&request).is_err());
}

/// Tengine's, Angie's and the check module's words, which change no owner.
#[test]
fn words_of_other_builds() {
    let text = "upstream u { ip_hash; check interval=3000 type=fastcgi;\n\
                check_fastcgi_param \"REQUEST_METHOD\" \"GET\";\n\
                server 127.0.0.1:1970 id=\"localhost:1970\"; server 127.0.0.1:1971 srun_id=b sid=c; }";
    assert_eq!(servers(&draft(text)), "127.0.0.1:1970 127.0.0.1:1971");
}

#[test]
fn servers_of_dns_records_are_refused_by_name() {
    let found =
        one("upstream u { hash $uri consistent;\n server x.example service=http resolve; }");
    assert_eq!(
        found,
        "! f:2: server 'x.example' service=http: its servers are those of DNS SRV records, and stand \
         in no file"
    );
}

#[test]
fn a_backup_below_a_method_names_that_method() {
    let found = one("upstream u { ip_hash; server a; server b backup; }");
    assert_eq!(found, "! f:1: backup: nginx takes no backup server below 'ip_hash'");
}

/// A parameter of a server is no way to balance, and a cookie is no hash.
#[test]
fn upstreams_that_hash_nothing_are_passed_over() {
    let turns = "u - does not hash: without a 'hash' directive nginx takes turns";
    for body in [
        "server a odd=1;",
        "server a service=http resolve;",
        "server a drain;",
        "server a weight=x;",
        "server $a;",
        "zone u 64k; state /var/lib/nginx/u.state;",
    ] {
        assert_eq!(one(&format!("upstream u {{ {body} }}")), turns, "{body}");
    }
    let many = format!("{} hsah $uri;", "server a odd=1;".repeat(100));
    assert!(one(&format!("upstream u {{ {many} }}")).contains("unknown directive 'hsah'"));
    assert_eq!(
        one("upstream u { server a;\n sticky; }"),
        "u - does not hash a key: it balances by sticky"
    );
    let found = one("upstream u { sticky cookie c; ip_hash; server a; }");
    assert_eq!(
        found,
        "! f:1: sticky sends a client to the server it had before, whatever ip_hash says"
    );
    let found = read("upstream u { hash $uri; server a odd=1; }", &file(), &none()).unwrap();
    assert!(matches!(&found[..], [Found::Refused(..)]), "{found:?}");
}

/// Tengine's ngx_http_upstream_dynamic_module and Angie PRO 1.9 document them as what
/// happens after the choice, and while backups serve.
#[test]
fn directives_of_forks_that_change_no_owner() {
    for line in ["dynamic_resolve fallback=stale fail_timeout=30s", "backup_switch permanent=2m"] {
        let text =
            format!("upstream u {{ hash $uri consistent;\n {line};\n server a; server b; }}");
        assert_eq!(one(&text), "u nginx | a b", "{line}");
    }
}
