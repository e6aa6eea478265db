use super::read;
use crate::testing::{file, none, only, shown};

fn one(text: &str) -> Vec<String> {
    shown(read(text, &file(), &none()))
}

#[test]
fn servers_are_their_text() {
    let text = "http { upstream u { server c:1 backup; # cache\n  hash $request_uri consistent;\n  zone z 64k;\n\
                server 10.0.0.1:80;\n server a weight=3 max_fails=2;\n server [::1]:80;\n\
                server [::1];\n server unix:/run/a.sock;\n server b: down;\n \n\
                keepalive 32; } }";
    assert_eq!(
        one(&text.replace("server b: down;", "server b down;")),
        ["u nginx | 10.0.0.1:80 a=3 [::1]:80 [::1] unix:/run/a.sock</run/a.sock> b"]
    );
    let draft = only(read(&text.replace("b:", "b"), &file(), &none()));
    assert_eq!(draft.key.as_text(), Some("$request_uri"));
    assert_eq!(*draft.down, ["b".into()]);
    assert_eq!(draft.servers[1].1.to_string(), "f:5");
    assert_eq!(draft.notes.len(), 2);
}

#[test]
fn plain_hash_and_quotes() {
    let text = "stream { upstream s { server a:1; hash \"$remote_addr;{${x}\" ; } }";
    let draft = only(read(text, &file(), &none()));
    assert_eq!(draft.scheme.shown(), "nginx:consistent=off");
    assert_eq!(draft.key.as_text(), Some("$remote_addr;{${x}"));
    let draft = only(read("upstream s{server a:1;hash a${b}c\\\"d;}", &file(), &none()));
    assert_eq!(draft.key.as_text(), Some("a${b}c\"d"));
}

#[test]
fn skips_what_does_not_hash() {
    let text = "events{} http { map $a $b { default 1; } server { location / { if ($x) { return 1; } } location /l { \
                content_by_lua_block { local s = \"}\" } } }\n\
                upstream a { server x; }\n upstream b { least_conn; server x; }\n\
                upstream c { balancer_by_lua_block { local s = \"}\" -- }\n } server x; } }\n";
    assert_eq!(
        one(text),
        [
            "a - does not hash: without a 'hash' directive nginx takes turns",
            "b - does not hash a key: it balances by least_conn",
            "c - does not hash a key: it balances by balancer_by_lua_block",
        ]
    );
}

#[test]
fn refuses_by_name() {
    for (text, says) in [
        (
            "upstream u {\n hash $a;\n server a wieght=2; }",
            "f:3: unknown server parameter 'wieght=2'",
        ),
        ("upstream u {\n hash $a;\n server a weight=x; }", "f:3: weight 'x' is not"),
        ("upstream u {\n hash $a;\n server a weight=0; }", "f:3: weight '0' is not"),
        ("upstream u {\n hash $a; server a backup; }", "f:2: backup: nginx takes no"),
        ("upstream u {\n hash $a; server a drain; }", "f:2: drain"),
        (
            "upstream u {\n hash $a; server a service=x; }",
            "f:2: unknown server parameter 'service=x'",
        ),
        ("upstream u {\n hash $a; server a:99999; }", "f:2: port '99999'"),
        ("upstream u {\n hash $a; server; }", "f:2: server without an address"),
        ("upstream u {\n hash $a konsistent; }", "f:2: hash takes a key and 'consistent', not"),
        ("upstream u {\n hash; }", "f:2: hash takes a key"),
        ("upstream u {\n hash $a; hash $b; }", "f:2: a second hash"),
        ("upstream u {\n hash $a;\n random; server a; }", "f:3: random beside the hash of line 2"),
        ("upstream u {\n hash $a; sticky cookie x; }", "f:2: sticky"),
        ("upstream u {\n hash $a; state x; }", "f:2: state"),
        ("upstream u {\n hash $a; srever a; }", "f:2: unknown directive 'srever'"),
        ("upstream u {\n hsah $a; server a; }", "f:2: unknown directive 'hsah'"),
        ("upstream u {\n hash $a; foo { } }", "f:2: unknown block 'foo'"),
        ("upstream u { }\nupstream u { }", "f:2: a second upstream 'u'"),
        ("upstraem u;", "f:1: unknown directive 'upstraem': is it upstream?"),
        ("incldue u;", "f:1: unknown directive 'incldue': is it include?"),
        ("http {\n upstreem u { } }", "f:2: unknown block 'upstreem'"),
        ("include x;", "f:1: include 'x': a text that comes from no file includes none"),
        ("upstream u {\n", "f:2: the file ends where '}' is missing"),
        ("upstream u {\n hash $a", "f:2: the file ends inside of a directive"),
        ("server {\n {", "f:2: the file ends where the block of line 1 is open"),
        ("a;\n}", "f:2: '}' without '{'"),
        ("a }", "f:1: '}' where ';' is missing"),
        ("a\n \"b", "f:2: a quote without its end"),
        ("a \"b\"c;", "f:1: something stands right behind a closing quote"),
        (";", "f:1: a directive without a name"),
        ("hash $a;", "f:1: hash does not belong here"),
    ] {
        let found = one(text);
        let found = found.last().unwrap();
        assert!(found.starts_with(&format!("! {says}")), "{text}: {found}");
    }
}
