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
            "c - is balanced by Lua (balancer_by_lua_block): what OpenResty's balancers hash is in \
             their code, and resty.chash is a ring of its own",
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
            "f:2: server 'a' service=x: its servers are those of DNS SRV records",
        ),
        ("upstream u {\n hash $a; server a:99999; }", "f:2: port '99999'"),
        (
            "upstream u {\n hash $a; server http://a:1; }",
            "f:2: server 'http://a:1': nginx takes no",
        ),
        ("upstream u {\n hash $a; server; }", "f:2: server without an address"),
        ("upstream u {\n hash $a konsistent; }", "f:2: hash takes a key and 'consistent', not"),
        ("upstream u {\n hash; }", "f:2: hash takes a key"),
        ("upstream u {\n hash $a; sticky cookie x; }", "f:2: sticky"),
        ("upstream u {\n hash $a; state x; }", "f:2: state"),
        ("upstream u {\n hash $a; srever a; }", "f:2: unknown directive 'srever'"),
        ("upstream u {\n hsah $a; server a; }", "f:2: unknown directive 'hsah'"),
        ("upstream u {\n hash $a; foo { } }", "f:2: unknown block 'foo'"),
        ("upstream u { }\nupstream u { }", "f:2: a second upstream 'u'"),
        ("upstraem u;", "f:1: unknown directive 'upstraem': is it upstream?"),
        ("incldue u;", "f:1: unknown directive 'incldue': is it include?"),
        ("http {\n upstreem u { } }", "f:2: unknown block 'upstreem': is it upstream?"),
        ("upstream u {\n hash $a; include x; server a; }", "f:2: include 'x': a text that comes"),
        ("upstream u {\n hash $; server a; }", "f:2: hash '$': '$' without the name of a variable"),
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

#[test]
fn what_is_outside_of_upstreams_is_noted() {
    let text = "include x;\nfancy_block { a; }\nhttp { include mime.types; upstream u { hash $a; server a; } }";
    assert_eq!(
        one(text),
        [
            "note f:1: include 'x': a text that comes from no file includes none: upstreams in it \
             are not read",
            "note f:2: unknown block 'fancy_block' was passed over",
            "note f:3: include 'mime.types': a text that comes from no file includes none: \
             upstreams in it are not read",
            "u nginx:consistent=off | a",
        ]
    );
}

/// nginx: 'directive "pid" is not terminated by ";"'.
#[test]
fn a_line_without_its_end_hides_no_upstream() {
    let upstream = "upstream u { hash $a; server a; }";
    for (text, says) in [
        (format!("http {{\n x y\n {upstream} }}"), "f:2: 'x y' before 'upstream u' has no ';'"),
        (format!("http {{\n x\n {upstream} }}"), "f:2: 'x' before 'upstream u' has no ';'"),
        (format!("map $a $b\n {upstream}"), "f:1: 'map $a $b' before 'upstream u' has no ';'"),
        (format!("pid x\nhttp {{ {upstream} }}"), "f:1: 'pid x' before 'http' has no ';'"),
        (
            format!("daemon off\nstream {{ {upstream} }}"),
            "f:1: 'daemon off' before 'stream' has no ';'",
        ),
        (
            format!("http {{ %%GLOBALS%% x;\n %%GLOBALS%% {upstream} }}"),
            "f:2: '%%GLOBALS%%' before 'upstream u' has no ';'",
        ),
    ] {
        assert_eq!(one(&text), [format!("! {says}")], "{text}");
    }
    for named in ["upstream http { hash $a; server a; }", "upstream stream { hash $a; server a; }"]
    {
        let name = named.split(' ').nth(1).unwrap();
        assert_eq!(one(named), [format!("{name} nginx:consistent=off | a")]);
    }
    let matched = format!("http {{ match http {{ status 200; }} {upstream} }}");
    assert_eq!(one(&matched), ["u nginx:consistent=off | a"]);
    assert_eq!(one("upstream a upstream u { }"), ["! f:1: upstream takes one name"]);
}

#[test]
fn what_tests_fill_in_is_a_line_of_its_own() {
    let pools = "upstream u {\n hash $a;\n server a;\n }\n upstream v {\n hash $a;\n server b;\n }";
    for end in ["", ";", "  \t;", "\r"] {
        let text =
            format!("\n%%TEST_GLOBALS%%{end}\n\nhttp {{\n %%HTTP_2%%{end}\n\n {pools}\n}}\n");
        let told = |line: u32, name: &str| {
            format!(
                "note f:{line}: '{name}' is filled in by nginx's tests: what it stands for is not \
                 read"
            )
        };
        assert_eq!(
            one(&text),
            [
                told(2, "%%TEST_GLOBALS%%"),
                told(5, "%%HTTP_2%%"),
                "u nginx:consistent=off | a".to_owned(),
                "v nginx:consistent=off | b".to_owned(),
            ]
        );
    }
    assert_eq!(
        one("upstream u {\n hash $a;\n %%SERVERS%%\n server a;\n}"),
        ["! f:3: unknown directive '%%SERVERS%%'"]
    );
}

#[test]
fn servers_that_are_listed_twice() {
    let pool = |method: &str| {
        let text = format!("upstream u {{ {method}; server a; server b; server a weight=3; }}");
        let draft = only(read(&text, &file(), &none()));
        let pool = draft.finish(crate::Format::Nginx).unwrap();
        let servers: Vec<String> = pool
            .servers()
            .iter()
            .map(|server| format!("{}={}", server.identity(), server.capacity()))
            .collect();
        (servers.join(" "), pool.notes().last().unwrap().topic())
    };
    let twice = crate::Topic::Twice;
    assert_eq!(pool("hash $a consistent"), ("a=3 b=1".to_owned(), twice));
    assert_eq!(pool("hash $a"), ("a=1 b=1 a#2=3".to_owned(), twice));
}

/// Asked nginx 1.22.1: it hashes the argument that `set` put in place, and the address
/// that `real_ip_header` names.
#[test]
fn a_request_that_the_file_changes_makes_no_key() {
    let key = |key: &str, lines: &str, request: &crate::Request| {
        let text =
            format!("http {{ upstream u {{ hash {key}; server a; }} server {{ {lines} }} }}");
        let key = only(read(&text, &file(), &none())).key;
        key.key(request).map(|key| key.unwrap_or_default().into_owned())
    };
    let request = crate::Request::parse("GET /?id=1").unwrap().with_client("10.0.0.1");
    let logged = request.clone().partly_known();
    let (set, real) = ("set $args 'id=7';", "set_real_ip_from 10.0.0.1; real_ip_header X-A;");
    assert_eq!(key("$arg_id", "", &request).unwrap(), b"1");
    let why = key("$arg_id", set, &request).unwrap_err().to_string();
    assert!(why.contains("what the file does to a request before is not followed"), "{why}");
    assert!(key("$arg_id", set, &logged).is_err());
    assert_eq!(key("$request_uri", set, &request).unwrap(), b"/?id=1");
    let why = key("$remote_addr", real, &request).unwrap_err().to_string();
    assert!(why.contains("which client the program takes"), "{why}");
    // The log has the address that nginx took.
    assert_eq!(key("$remote_addr", real, &logged).unwrap(), b"10.0.0.1");
}

#[test]
fn what_changes_the_path_is_told() {
    let text = "http { upstream u { hash $uri; server 10.0.0.1; } upstream v { hash $args; server 10.0.0.1; }\n\
                server { rewrite ^/a /b last; location / { rewrite ^ https://x redirect; } } }";
    let found = read(text, &file(), &none()).unwrap();
    let crate::draft::Found::Pool(draft) = &found[0] else { panic!("{found:?}") };
    assert_eq!(draft.notes[1].place().to_string(), "f:2");
    let crate::draft::Found::Pool(draft) = &found[1] else { panic!("{found:?}") };
    assert_eq!(draft.notes.len(), 1);
    let text = "http { merge_slashes off; upstream u { hash $uri; server a; } }";
    let draft = only(read(text, &file(), &none()));
    let request = crate::Request::parse("GET //a").unwrap();
    assert!(draft.key.key(&request).is_err());
}

/// nginx warns "load balancing method redefined", starts, and balances by the last.
#[test]
fn the_last_method_balances() {
    let text =
        "upstream u { server a; server b; least_conn; ip_hash;\n hash $a; hash $b consistent; }";
    let draft = only(read(text, &file(), &none()));
    assert_eq!(draft.scheme.shown(), "nginx");
    assert_eq!(draft.key.as_text(), Some("$b"));
    let told: Vec<String> = draft.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "f:1: least_conn of line 1 has no effect: ip_hash behind it replaces it",
            "f:2: ip_hash of line 1 has no effect: hash behind it replaces it",
            "f:2: hash of line 2 has no effect: hash behind it replaces it",
        ]
    );
    let text = "upstream u { hash $a; server a;\n random; }";
    assert_eq!(one(text), ["u - does not hash a key: it balances by random"]);
}

#[test]
fn a_key_or_a_server_that_leaves_nothing_to_hash_is_told() {
    let told = |text: &str| {
        let draft = only(read(text, &file(), &none()));
        draft.notes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let text = "upstream u { hash request_uri consistent; server 10.0.0.1; server 10.0.0.2; }";
    assert_eq!(told(text), ["f:1: the key holds no variable: one server gets every request"]);
    let text = "upstream u { hash $uri consistent;\n server app:80; }";
    assert_eq!(
        told(text),
        [
            "f:2: the only server is a name: if it has several addresses, they share its points, and \
          nginx takes turns among them"
        ]
    );
    assert!(told(&text.replace("app", "10.0.0.1")).is_empty());
    assert!(told(&text.replace("app:80;", "app:80; server b:80;")).is_empty());
}

#[test]
fn rings_of_other_modules_are_not_taken_for_turns() {
    let found = one("upstream u { consistent_hash $request_uri; server a; }");
    assert!(found[0].starts_with("! f:1: consistent_hash is of a module"), "{found:?}");
}

/// The text of the only pool's key rule, and how it compares with that of another file.
fn rules(old: &str, new: &str) -> (String, crate::SameKey) {
    let rule = |text: &str| only(read(text, &file(), &none())).key;
    let (old, new) = (rule(old), rule(new));
    (old.to_string(), old.compare(&new))
}

#[test]
fn what_fills_the_key_is_a_part_of_the_rule() {
    use crate::SameKey::{Different, Same};
    let mapped = |line: &str| {
        format!("http {{ map $uri $k {{ {line} }} upstream u {{ hash $k; server a; }} }}")
    };
    let (text, same) = rules(&mapped("/a 1;"), &mapped("/a 2;"));
    assert_eq!(text, "$k, after map $uri $k { /a 1 }");
    assert_eq!(same, Different);
    assert_eq!(rules(&mapped("/a 1;"), &mapped("/a   1;")).1, Same);
    let set = |value: &str| {
        format!(
            "http {{ upstream u {{ hash $k; server a; }}\n\
             server {{ location / {{ set $K {value}; proxy_pass http://u; }} }} }}"
        )
    };
    assert_eq!(rules(&set("$uri"), &set("$host")).1, Different);
    assert_eq!(rules(&set("$uri"), &set("$uri")).1, Same);
    // A variable that fills a variable.
    let chain = |value: &str| set("$j").replacen("set", &format!("set $j {value}; set"), 1);
    assert_eq!(rules(&chain("$uri"), &chain("$args")).1, Different);
    let captured = |regex: &str| set("x").replacen("/ {", &format!("~ {regex} {{"), 1);
    assert_eq!(rules(&captured("^/(?<k>.)"), &captured("^/..(?<k>.)")).1, Different);
    let real = |from: &str| {
        format!(
            "http {{ upstream u {{ hash $remote_addr; server a; }}\n\
             server {{ set_real_ip_from {from}; real_ip_header X-Forwarded-For; }} }}"
        )
    };
    assert_eq!(rules(&real("10.0.0.0/8"), &real("10.0.0.0/9")).1, Different);
    let (text, _) = rules(&real("10.0.0.0/8"), &real("10.0.0.0/8"));
    assert_eq!(
        text,
        "$remote_addr, after set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For"
    );
    let hashes = |key: &str| real("10.0.0.0/8").replace("hash $remote_addr", key);
    assert_eq!(
        rules(&hashes("ip_hash"), &hashes("ip_hash").replace("X-For", "X-Nor")).1,
        Different
    );
    assert_eq!(rules(&hashes("hash $uri"), &hashes("hash $uri").replace("10", "11")).1, Same);
    let args = |set: &str| {
        format!("http {{ upstream u {{ hash $arg_id; server a; }} server {{ {set} }} }}")
    };
    assert_eq!(rules(&args(""), &args("set $args id=1;")).1, Different);
}

#[test]
fn files_that_may_fill_the_key_are_told() {
    let text = "http { upstream u { hash $k; server a; } server { include snippet; } }";
    let draft = only(read(text, &file(), &none()));
    let told = "f:1: include 'snippet' is not read: what fills $k may stand in it";
    assert!(draft.notes.iter().any(|note| note.to_string() == told), "{:?}", draft.notes);
    let draft = only(read(&text.replace("$k", "$uri"), &file(), &none()));
    assert!(draft.notes.iter().all(|note| note.topic() != crate::Topic::Unread));
}
