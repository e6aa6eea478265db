use super::read;
use crate::options::Options;
use crate::testing::{file, none, only, servers, shown};

fn one(text: &str) -> Vec<String> {
    shown(read(text, &file(), &none()))
}

/// The ids are those that HAProxy 2.6.12 shows for this backend.
#[test]
fn ids_are_haproxys() {
    let text = "backend a\n  balance hdr(x)\n  server a 1.1.1.1:1 id 10\n  server b 1.1.1.1:2\n\
                  server c 1.1.1.1:3 id 3\n  server d 1.1.1.1:4\n  server e 1.1.1.1:5 backup\n\
                  server f 1.1.1.1:5 disabled\n  server-template t 2-4 1.1.1.1:9 weight 2\n\
                  server g 1.1.1.1:7\n";
    let text = &text.replace("hdr(x)", "hdr(x)\n  hash-type consistent");
    let draft = only(read(text, &file(), &none()));
    assert_eq!(draft.scheme.shown(), "haproxy:function=sdbm,avalanche=on,input=hdr");
    assert_eq!(
        servers(&draft),
        "a<1.1.1.1:1>#10 b<1.1.1.1:2>#2 c<1.1.1.1:3>#3 d<1.1.1.1:4>#4 f<1.1.1.1:5=0>#6 \
         t2<1.1.1.1:9=2>#7 t3<1.1.1.1:9=2>#8 t4<1.1.1.1:9=2>#9 g<1.1.1.1:7>#11"
    );
    assert!(draft.down.is_empty());
    let notes: Vec<&str> = draft.notes.iter().map(|note| note.sentence()).collect();
    assert!(notes.iter().any(|note| note.starts_with("8 of the servers have no id")), "{notes:?}");
}

#[test]
fn defaults_are_followed() {
    let text = "global\n  anything goes\ndefaults one\n  mode http\n  balance uri whole len 9\n\
                  default-server weight 7 check inter 2s\ndefaults two from one\n  hash-type consistent djb2\n\
                  hash-balance-factor 150\nbackend x from one\n  server a h:1\nbackend y\n  server a h:1 weight 2\n\
                listen z from two\n  balance source\n  default-server weight 1\n  server a h:1\n";
    assert_eq!(
        one(text),
        [
            "x haproxy:method=map-based,function=sdbm,avalanche=off,input=uri,whole=on,len=9 | a<h:1=7>#1",
            "y haproxy:function=djb2,avalanche=off,input=uri,whole=on,len=9 | a<h:1=2>#1",
            "z haproxy:function=djb2,avalanche=off,input=source | a<h:1>#1",
        ]
    );
    let found = read(text, &file(), &Options::new().with_haproxy_dialect("3.0")).unwrap();
    let crate::draft::Found::Pool(draft) = &found[1] else { panic!("{found:?}") };
    assert_eq!(draft.bounded, Some(150));
    assert!(draft.scheme.shown().contains("dialect=3.0"));
    assert_eq!(draft.key.as_text(), Some("uri whole len 9"));
}

#[test]
fn addresses_and_hash_keys() {
    let text = "backend a\n balance hash src\n hash-type consistent crc32 avalanche\n\
                server a ::1:80 hash-key addr\n server b [::1]:81 hash-key addr-port\n\
                server c ipv4@10.0.0.1 hash-key id\n server d /run/x hash-key guid guid g\n server e :80\n";
    assert_eq!(
        one(text),
        ["a haproxy:function=crc32,avalanche=on,input=src | a<[::1]:80>#1~addr \
          b<[::1]:81>#2~addr-port c<10.0.0.1>#3 d</run/x>#4~guid e<0.0.0.0:80>#5"]
    );
}

#[test]
fn skips_what_does_not_hash() {
    let text = "backend a\n server s h:1\nlisten b\n balance leastconn\n server s h:1 wieght 1\n\
                backend c\n disabled\nfrontend f\n bind :80\nlisten stats\n stats enable\n";
    assert_eq!(
        one(text),
        [
            "a - does not hash: without 'balance' HAProxy takes turns",
            "b - does not hash a key: balance leastconn",
            "c - is disabled",
        ]
    );
}

#[test]
fn refuses_by_name() {
    for (body, says) in [
        ("balance uri deep", "f:2: balance uri takes no 'deep'"),
        ("balance uri len x", "f:2: len without a number from 1 up"),
        ("balance hdr(a) use_domain_only", "f:2: use_domain_only"),
        ("balance rdp-cookie()", "f:2: unknown algorithm 'rdp-cookie()'"),
        ("balance uri depth 0", "f:2: depth without a number from 1 up"),
        ("balance hash path,concat(#,/)", "f:2: hash 'path,concat(': '(' without ')'"),
        ("balance url", "f:2: unknown algorithm 'url'"),
        ("balance hdr()", "f:2: unknown algorithm 'hdr()'"),
        ("balance source\n hash-type ring", "f:3: hash-type 'ring' is none of"),
        ("balance source\n hash-type consistent md5", "f:3: hash-type function 'md5' is none of"),
        ("balance source\n hash-type consistent sdbm x", "f:3: hash-type takes no 'x'"),
        ("balance source\n hash-balance-factor 50", "f:3: hash-balance-factor '50' is neither"),
        ("balance source\n server a h:1 weight 257", "f:3: weight '257' is not"),
        ("balance source\n server a h:1 wieght 2", "f:3: unknown server parameter 'wieght'"),
        ("balance source\n server a", "f:3: server takes a name and an address"),
        ("balance source\n server a h:x", "f:3: port 'x'"),
        (
            "balance source\n server a \"$H\":1 hash-key addr",
            "f:3: hash-key addr hashes the address, which the environment decides for '$H:1'",
        ),
        ("balance source\n server a h:1 weight \"$W\"", "f:3: the environment variable 'W' is not"),
        (
            "balance source\n server a h:1 id 2\n server b h:2 id 2",
            "f:4: id 2 is another server's too",
        ),
        (
            "balance source\n server a h:1 hash-key addr",
            "f:3: hash-key addr hashes the address, which DNS",
        ),
        ("balance source\n server a h:1 backup", "f:1: every server is a backup or disabled"),
        ("balance source\n server-template a 5000000 h:1", "f:3: '5000000' is no range"),
        ("balance source\n server-template a 9-3 h:1", "f:3: '9-3' is no range"),
        ("balance source\n blance uri", "f:3: unknown keyword 'blance'"),
        ("balance source\n default-server id 3", "f:3: id belongs to one server"),
        ("blance uri", "f:2: unknown keyword 'blance'"),
        (".if defined(A)\n balance uri\n .endif", "f:3: balance depends on the .if of line 2"),
        (".if defined(A)\n mode http", "f:2: .if without its .endif"),
        ("balance source\n server a h:1\n x 'y", "f:4: a quote without its end"),
        ("balance 'uri", "f:2: a quote without its end"),
        ("balance uri \\", "f:2: ends in '\\'"),
    ] {
        let found = one(&format!("backend b\n {body}\n"));
        let found = found.last().unwrap();
        assert!(found.starts_with(&format!("! {says}")), "{body}: {found}");
    }
    for (text, says) in [
        ("backend b\nbackend b\n", "f:2: a second 'b'"),
        ("backend b from x\n", "f:1: no defaults section 'x' above"),
        ("balance uri\n", "f:1: 'balance' outside of a section"),
        ("'balance' uri\n", "f:1: 'balance' outside of a section"),
        ("BACKEND b\n", "f:1: 'BACKEND' outside of a section"),
        ("backend b\n balance uri", "f:2: the last line has no end"),
        ("backend\n", "f:1: backend without a name"),
    ] {
        let found = one(text);
        assert!(found[0].starts_with(&format!("! {says}")), "{text}: {found:?}");
    }
}

#[test]
fn what_haproxy_takes_is_taken() {
    let text = "    global\n\tquic-initial reject\n  defaults\n quic-initial reject\n mystery\n\tbackend a\n balance\n server s h:1\n\
                backend b\n balance uri\nbackend c\n server s h:1 ktls on\n";
    assert_eq!(
        one(text),
        [
            "a - does not hash a key: balance roundrobin",
            "! f:5: unknown keyword 'mystery'",
            "c - does not hash: without 'balance' HAProxy takes turns",
        ]
    );
    let text = "backend b\n balance uri\nbackend d\n balance source\n server s h:1 ktls on\n";
    assert_eq!(
        one(text),
        [
            "b - has no servers",
            "d haproxy:method=map-based,function=sdbm,avalanche=off,input=source | s<h:1>#1"
        ]
    );
}

#[test]
fn variables_matter_where_they_are_hashed() {
    let text =
        "backend b\n balance source\n server a \"${A}:80\" weight \"${W-3}\"\n server b \"$B\"\n";
    let draft = only(read(text, &file(), &none()));
    assert_eq!(servers(&draft), "a<$A=3>#1 b<$B>#2");
    let options = Options::new().with_variable("A", "10.0.0.1").with_variable("B", "h:7");
    let draft = only(read(text, &file(), &options));
    assert_eq!(servers(&draft), "a<10.0.0.1:80=3>#1 b<h:7>#2");
}

#[test]
fn keys_are_taken_from_requests() {
    let request = crate::Request::parse("GET http://h/a/b?x=1&y=2 HTTP/1.1").unwrap();
    let request = request.with_client("10.1.2.3").with_header("X-User", "ann, bob");
    for (balance, wanted) in [
        ("source", Some("10.1.2.3")),
        ("uri", Some("http://h/a/b")),
        ("uri path-only whole", Some("/a/b?x=1&y=2")),
        ("uri path-only depth 1", Some("/a")),
        ("hdr(x-user)", Some("ann")),
        ("hdr(x-other)", None),
        ("url_param y", Some("http://h/a/b?x=1&y=2")),
        ("url_param z", None),
        ("hash path", Some("/a/b")),
        ("hash url_param(y)", Some("2")),
        ("hash req.hdr(x-user)", Some("bob")),
    ] {
        let text = format!("backend b\n balance {balance}\n server a h:1\n");
        let draft = only(read(&text, &file(), &none()));
        let key = draft.key.key(&request).unwrap();
        assert_eq!(key.as_deref(), wanted.map(str::as_bytes), "{balance}");
    }
}

/// Asked HAProxy 2.6: it hashes the header that it filled in.
#[test]
fn a_request_that_the_file_changes_makes_no_key() {
    let key = |balance: &str| {
        let text = format!(
            "backend b\n balance {balance}\n http-request set-header X-A %[url]\n server a h:1\n"
        );
        let request = crate::Request::parse("GET /a").unwrap().with_header("X-A", "q");
        let key = only(read(&text, &file(), &none())).key;
        key.key(&request).map(|key| key.unwrap_or_default().into_owned())
    };
    let why = key("hdr(X-A)").unwrap_err().to_string();
    assert!(why.contains("what the file does to a request before is not followed"), "{why}");
    assert_eq!(key("uri").unwrap(), b"/a");
}

#[test]
fn what_is_filled_in_before_is_no_address() {
    let text = "backend b\n balance uri\n clitimeout 5\n reqrep ^a b\n server a ${a_addr}:${a_port}\n \
                server b ${b_addr}:80 weight 2\n";
    let draft = only(read(text, &file(), &none()));
    assert_eq!(servers(&draft), "a<${a_addr}>#1 b<${b_addr}=2>#2");
    let hashed = text.replace("weight 2", "hash-key addr");
    assert!(one(&hashed)[0].contains("hash-key addr hashes the address, which the environment"));
}

/// "Layer 7 hash not possible … Falling back to round robin" is what HAProxy says then.
#[test]
fn a_layer_7_hash_needs_mode_http() {
    let text = "defaults\n mode tcp\nbackend a\n balance uri\n server s h:1\nbackend b\n mode http\n \
                balance hdr(Host)\n server s h:1\nbackend c\n balance source\n server s h:1\n";
    let found = one(text);
    assert_eq!(
        found[0],
        "a - does not hash a key: balance uri needs mode http, in mode tcp HAProxy takes turns"
    );
    assert!(found[1].starts_with("b haproxy:") && found[2].starts_with("c haproxy:"), "{found:?}");
    let notes = |text: &str| {
        let draft = only(read(text, &file(), &none()));
        draft.notes.iter().map(|note| note.sentence().to_owned()).collect::<Vec<_>>()
    };
    let told = |text| notes(text).iter().any(|note| note.starts_with("no 'mode' is in this file"));
    assert!(told("backend a\n balance uri\n server s h:1\n"));
    assert!(!told("backend a\n mode http\n balance uri\n server s h:1\n"));
    assert!(!told("backend a\n balance source\n server s h:1\n"));
}

#[test]
fn what_is_rewritten_before_it_is_hashed_is_told() {
    let notes = |balance: &str, rule: &str| {
        let text = format!(
            "backend a\n mode http\n balance {balance}\n http-request {rule}\n server s h:1\n"
        );
        let draft = only(read(&text, &file(), &none()));
        draft.notes.iter().filter(|note| note.sentence().starts_with("http-request")).count()
    };
    assert_eq!(notes("uri", "set-path /x"), 1);
    assert_eq!(notes("url_param id", "set-query a=b"), 1);
    assert_eq!(notes("hdr(X-A)", "set-header X-A b"), 1);
    assert_eq!(notes("source", "set-src hdr(x)"), 1);
    assert_eq!(notes("source", "set-path /x"), 0);
    assert_eq!(notes("uri", "set-header X-A b"), 0);
    assert_eq!(notes("uri", "deny"), 0);
}

#[test]
fn what_global_sets_is_filled_in_below() {
    let text = "global\n setenv W 5\n presetenv W 7\n presetenv V 2\n setenv N b\n unsetenv N\n\
                backend a\n balance uri\n mode http\n server s1 h:1 weight \"$W\"\n\
                server s2 h:2 weight \"$V\"\n";
    assert_eq!(servers(&only(read(text, &file(), &none()))), "s1<h:1=5>#1 s2<h:2=2>#2");
    let given = none().with_variable("V", "3");
    let draft = only(read(text, &file(), &given));
    assert_eq!(servers(&draft), "s1<h:1=5>#1 s2<h:2=3>#2");
    let text = text.replacen("setenv W 5", ".if defined(X)\n setenv W 5\n.endif", 1);
    assert!(
        one(&text.replacen(" presetenv W 7\n", "", 1))[0].contains("variable 'W' is not known")
    );
}

#[test]
fn an_rdp_cookie_is_hashed_as_bytes() {
    let draft = only(read("backend a\n balance rdp-cookie(n)\n server s h:1\n", &file(), &none()));
    assert_eq!(draft.key.as_text(), Some("rdp-cookie(n)"));
    assert_eq!(draft.scheme.shown(), "haproxy:method=map-based,function=sdbm,avalanche=off");
}

#[test]
fn a_listen_of_haproxy_1_does_not_hide_the_others() {
    let text = "listen stats :1936\n mode http\nbackend a\n balance source\n server s 1.1.1.1:1\n";
    let found = one(text);
    assert!(found[0].starts_with("note f:1: an address behind the name of a section"), "{found:?}");
    assert!(found[1].starts_with("a haproxy"), "{found:?}");
}

#[test]
fn a_template_awaits_its_addresses() {
    let of = |address: &str| {
        let text = format!("backend a\n balance source\n server-template s 3 {address}\n");
        only(read(&text, &file(), &none()))
            .notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let told = "f:3: 3 of 3 servers get their addresses from a resolver: one that has none yet \
                holds no points, and its keys go to the others";
    assert_eq!(of("_http._tcp.app.example resolvers r"), [told]);
    assert!(of("10.0.0.1:80").is_empty());
}

fn key(text: &str) -> crate::KeyRule {
    only(read(text, &file(), &none())).key
}

#[test]
fn what_is_hashed_differs_to_the_letter() {
    use crate::SameKey::{Different, Same};
    let same = |a: &str, b: &str| {
        let of =
            |balance| key(&format!("backend a\n mode http\n balance {balance}\n server s h:1\n"));
        of(a).compare(&of(b))
    };
    assert_eq!(same("url_param ID", "url_param id"), Different);
    assert_eq!(same("hash url_param(ID)", "hash url_param(id)"), Different);
    assert_eq!(same("hash url_param(id)", "url_param id"), Different);
    assert_eq!(same("hdr(X-A)", "hdr(x-a)"), Same);
    assert_eq!(same("hdr(x)", "hash req.hdr(x)"), Different);
    assert_eq!(same("hdr(x)", "hash req.fhdr(x)"), Different);
    assert_eq!(same("hdr(host)", "hash req.fhdr(host)"), Same);
    assert_eq!(same("source", "hash src"), Different);
    assert_eq!(same("uri path-only whole", "hash pathq"), Same);
}

/// HAProxy 2.6 takes such requests so.
#[test]
fn odd_requests() {
    let made = |balance: &str, line: &str| {
        let rule = key(&format!("backend a\n mode http\n balance {balance}\n server s h:1\n"));
        let request = crate::Request::parse(line).unwrap().with_client("unix:1");
        let made = rule.key(&request).unwrap();
        made.map(|key| String::from_utf8(key.into_owned()).unwrap())
    };
    assert_eq!(made("uri path-only", "OPTIONS *").as_deref(), Some(""));
    assert_eq!(made("uri", "OPTIONS *").as_deref(), Some("*"));
    assert_eq!(made("hash path", "OPTIONS *"), None);
    assert_eq!(made("hash pathq", "OPTIONS *"), None);
    assert_eq!(made("uri path-only", "GET http://h").as_deref(), Some(""));
    assert_eq!(made("hash path", "GET http://h"), None);
    assert_eq!(made("hash url_param(id)", "GET /?a&=id=7"), None);
    assert_eq!(made("hash url_param(id)", "GET /?id=1?id=2").as_deref(), Some("1"));
    assert_eq!(made("source", "GET /"), None);
    assert_eq!(made("hash src", "GET /"), None);
}

#[test]
fn what_comes_before_is_a_part_of_the_rule() {
    use crate::SameKey::{Different, Same};
    let text = |balance: &str, own: &str, frontend: &str| {
        format!(
            "defaults\n mode http\nbackend a\n balance {balance}\n {own}\n server s h:1\n\
             frontend f\n bind :80\n {frontend}\n default_backend a\nfrontend g\n \
             http-request set-path /g\n default_backend other\n"
        )
    };
    let same = |balance: &str, a: &str, b: &str| {
        let own = key(&text(balance, a, "")).compare(&key(&text(balance, b, "")));
        let before = key(&text(balance, "", a)).compare(&key(&text(balance, "", b)));
        assert_eq!(own, before, "{balance}: {a}");
        own
    };
    for (balance, a, b, wanted) in [
        (
            "hash var(txn.k)",
            "http-request set-var(txn.k) path",
            "http-request set-var(txn.k) url",
            Different,
        ),
        (
            "hash var(txn.k)",
            "http-request set-var(txn.j) path",
            "http-request set-var(txn.j) url",
            Same,
        ),
        ("hash var(txn.k,x)", "", "tcp-request content set-var(txn.k) src", Different),
        ("hash path", "", "http-request set-path /x", Different),
        ("hash path,lower", "", "http-request replace-path a b", Different),
        ("hash path", "", "http-request set-header X-A b", Same),
        ("uri", "", "http-request set-uri /x", Different),
        ("url_param id", "", "http-request set-query a=b", Different),
        ("hash req.hdr(x-a)", "", "http-request del-header X-A", Different),
        ("hash req.hdr(x-a)", "", "http-request del-header x- -m beg", Different),
        ("hdr(x-a)", "", "http-request set-header X-AB b", Same),
        ("source", "", "http-request set-src hdr(x)", Different),
        ("hash src", "http-request set-src hdr(x)", "http-request set-src hdr(y)", Different),
        ("hash path", "", "http-request deny if { path /x }", Same),
    ] {
        assert_eq!(same(balance, a, b), wanted, "{balance}: {a} / {b}");
    }
    let rule = key(&text("uri", "http-request set-path /x", "http-request set-query a"));
    assert_eq!(
        rule.to_string(),
        "uri, after http-request set-query a in 'f'; http-request set-path /x"
    );
    // A variable that fills a variable, in the frontend.
    let chain = |sample: &str| {
        key(&text(
            "hash var(txn.k)",
            "http-request set-var(txn.k) var(txn.j)",
            &format!("http-request set-var(txn.j) {sample}"),
        ))
    };
    assert_eq!(chain("path").compare(&chain("url")), Different);
    let lent = |rule: &str| {
        key(&format!("defaults\n {rule}\nbackend a\n mode http\n balance uri\n server s h:1\n"))
    };
    assert_eq!(lent("http-request set-path /x").compare(&lent("")), Different);
    // A request decides where it goes.
    let dynamic = text("uri", "", "http-request set-path /x")
        .replace("default_backend a", "use_backend %[hdr(x)]");
    assert_eq!(key(&dynamic).compare(&key(&text("uri", "", ""))), Different);
}

#[test]
fn a_section_may_take_back_that_it_is_disabled() {
    let text = "defaults\n disabled\nbackend u\n enabled\n balance source\n server s h:1\n\
                backend v\n balance source\n server s h:1\n";
    let found = one(text);
    assert!(found[0].starts_with("u haproxy:"), "{found:?}");
    assert_eq!(found[1], "v - is disabled");
}
