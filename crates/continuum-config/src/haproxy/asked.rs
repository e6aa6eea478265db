//! What a running HAProxy 2.6.12 was asked about, and its manual where that is newer.

use super::read;
use crate::draft::Draft;
use crate::testing::{file, none, only, servers, shown};

fn one(text: &str) -> Vec<String> {
    shown(read(text, &file(), &none()))
}

fn pool(text: &str) -> Box<Draft> {
    only(read(text, &file(), &none()))
}

/// A backend in mode http.
fn backend(body: &str) -> String {
    format!("backend b\n mode http\n {body}\n")
}

fn notes(text: &str) -> Vec<String> {
    pool(text).notes.iter().map(|note| note.sentence().to_owned()).collect()
}

/// "Layer 7 hash not possible … Falling back to round robin."
#[test]
fn a_whole_file_without_mode_is_tcp() {
    let turns = "does not hash a key: balance uri needs mode http, without 'mode' it is tcp, in \
                 which HAProxy takes turns";
    let part = "backend a\n balance uri\n server s h:1\n";
    for whole in [
        "defaults\n timeout client 5s\nlisten a\n bind :80\n balance uri\n server s h:1\n",
        "defaults\nlisten a\n bind :80\n balance uri\n server s h:1\n",
        &format!("global\n daemon\n{part}"),
        &format!("defaults\n timeout client 5s\n{part}"),
        &format!("{part}frontend f\n bind :80\n default_backend a\ndefaults\n"),
        "defaults\n balance uri\nbackend a\n server s h:1\n",
    ] {
        let found = one(whole);
        assert_eq!(found[0], format!("a - {turns}"), "{whole}");
    }
    for whole in ["hdr(x)", "url_param x", "hash path"] {
        let text = format!("global\n daemon\nbackend a\n balance {whole}\n server s h:1\n");
        assert!(one(&text)[0].starts_with("a - does not hash a key"), "{whole}");
    }
    // A keyword that is not known may have been the mode.
    let misspelt = "defaults\n mdoe http\nbackend a\n balance uri\n server s h:1\n";
    assert_eq!(one(misspelt), ["! f:2: unknown keyword 'mdoe'"]);
    // What needs no mode, and a mode that a section of its own or another lends.
    for hashes in [
        "global\n daemon\nbackend a\n balance source\n server s h:1\n",
        "global\n daemon\nbackend a\n balance hash src\n server s h:1\n",
        "defaults\n timeout client 5s\nbackend a\n mode http\n balance uri\n server s h:1\n",
        "defaults d\n mode http\ndefaults\nbackend a from d\n balance uri\n server s h:1\n",
    ] {
        assert!(one(hashes)[0].starts_with("a haproxy:"), "{hashes}");
        assert!(!notes(hashes).iter().any(|note| note.contains("'mode'")), "{hashes}");
    }
    // A part of a configuration, with other sections that are no proxies.
    for part in [
        part,
        &format!("peers p\n peer x 10.0.0.1:1\nuserlist u\n{part}"),
        &format!("frontend f\n bind :80\n default_backend a\n{part}"),
        "listen a\n bind :80\n balance uri\n server s h:1\n",
    ] {
        let told = notes(part);
        assert!(
            told.iter()
                .any(|note| note.starts_with("no 'mode' is in this file, which holds a part")),
            "{told:?}"
        );
    }
}

#[test]
fn a_mode_that_is_not_known_is_told() {
    let of = |mode: &str, balance: &str| {
        one(&format!("backend b\n {mode}\n balance {balance}\n server s h:1\n"))[0].clone()
    };
    let error = of("mode \"${M}\"", "uri");
    assert!(error.starts_with("! f:2: the environment variable 'M' is not known"), "{error}");
    let error = of(".if defined(A)\n mode http\n .endif", "uri");
    assert!(error.starts_with("! f:3: mode depends on the .if of line 2"), "{error}");
    let error = of("mode htpp", "uri");
    assert!(error.starts_with("! f:2: mode 'htpp' is none of http, tcp"), "{error}");
    assert_eq!(of("mode", "uri"), "! f:2: mode without a name");
    assert_eq!(
        of("mode log", "uri"),
        "b - does not hash a key: balance uri needs mode http, this is mode log"
    );
    assert!(of("mode \"${M}\"", "source").starts_with("b haproxy:"));
    let given = none().with_variable("M", "http");
    let text = "global\nbackend b\n mode \"${M}\"\n balance uri\n server s h:1\n";
    assert_eq!(servers(&only(read(text, &file(), &given))), "s<h:1>#1");
}

/// A table of weights that all have a divisor more is the same one several times over.
#[test]
fn a_table_may_be_longer_than_ours() {
    let text = backend(
        "balance source\n server a h:1 weight 100\n server b h:2 weight 100\n server sorry h:3 \
         backup\n server c h:4 weight 7 disabled",
    );
    assert_eq!(servers(&pool(&text)), "a<h:1=100>#1 b<h:2=100>#2 c<h:4=0>#4");
    let told = notes(&text);
    assert!(told.iter().any(|note| note == "backup server 'sorry' is not on the ring, left out"));
    // Of weight 0 nobody serves, and the backup does.
    let idle = backend("balance source\n server a h:1 weight 0\n server sorry h:3 backup");
    assert!(
        one(&idle)[0].contains("every server is a backup, disabled or of weight 0: which"),
        "{idle}"
    );
}

#[test]
fn words_that_haproxy_does_not_look_at() {
    for (line, rule, told) in [
        (
            "balance rdp-cookie MSTSHASH",
            "rdp-cookie",
            "HAProxy passes over 'MSTSHASH' behind 'balance rdp-cookie'",
        ),
        ("balance source //ip", "source", "HAProxy passes over '//ip' behind 'balance source'"),
        (
            "balance url_param a check_post 10 max_wait 20",
            "url_param a check_post",
            "HAProxy passes over '10 max_wait 20' behind 'balance url_param'",
        ),
        (
            "balance source\n hash-type consistent sdbm avalanche x",
            "source",
            "HAProxy passes over 'x' behind 'hash-type'",
        ),
        (
            "balance source\n hash-type consistent\n hash-balance-factor 150 x y",
            "source",
            "HAProxy passes over 'x y' behind 'hash-balance-factor'",
        ),
    ] {
        let text = format!("backend b\n mode MODE\n {line}\n server s h:1\n");
        let mode = if rule == "rdp-cookie" { "tcp" } else { "http" };
        let text = text.replace("MODE", mode);
        assert_eq!(pool(&text).key.as_text(), Some(rule), "{line}");
        assert_eq!(notes(&text).iter().filter(|note| *note == told).count(), 1, "{line}");
    }
    let plain = backend("balance url_param a check_post\n hash-type consistent sdbm avalanche");
    let told = notes(&format!("{plain} server s h:1\n"));
    assert!(!told.iter().any(|note| note.contains("passes over")), "{told:?}");
    let other = one(&backend("balance url_param a other\n server s h:1"));
    assert_eq!(other, ["! f:3: balance url_param takes no 'other'"]);
}

/// "balance hash takes no other argument (got 'junk')", which is fatal.
#[test]
fn an_expression_is_one_word() {
    for (line, word) in [
        ("path junk", "junk"),
        ("src junk", "junk"),
        ("path ,lower", ",lower"),
        ("req.hdr(x), lower", "lower"),
        ("req.hdr_ip(x-forwarded-for,-1) ipmask(24)", "ipmask(24)"),
        ("path if TRUE", "if"),
        ("var(txn.a) ,lower junk", ",lower"),
    ] {
        let told = one(&backend(&format!("balance hash {line}\n server s h:1")));
        assert_eq!(told, [format!("! f:3: balance hash takes no '{word}'")], "{line}");
    }
    let told = one(&backend("balance hash str(a b)\n server s h:1"));
    assert_eq!(told, ["! f:3: balance hash takes no 'b)'"]);
    for line in ["\"req.hdr(x y)\"", "str(a\\ b)", "path # junk", "'str(a b)'"] {
        let told = one(&backend(&format!("balance hash {line}\n server s h:1")));
        assert!(told[0].starts_with("b haproxy:"), "{line}: {told:?}");
    }
}

/// Seen: `Cookie: msts=<address>.<port>.0000` leads to that server.
#[test]
fn a_cookie_of_rdp_names_a_server() {
    let sentence = "persist rdp-cookie sends a client to the server that its cookie names";
    let told = |line: &str| notes(&backend(&format!("{line}\n balance source\n server s h:1")));
    for line in ["persist rdp-cookie", "persist rdp-cookie(msts)"] {
        assert_eq!(told(line).iter().filter(|note| *note == sentence).count(), 1, "{line}");
    }
    for other in ["option persist", "no option persist", "force-persist if { src 10.0.0.1 }"] {
        assert!(!told(other).iter().any(|note| note.contains("persist")), "{other}");
    }
}

/// "dispatch address of proxy 'b' will be ignored in balance mode."
#[test]
fn beside_balance_an_address_to_dispatch_to_is_ignored() {
    let text = backend("dispatch 10.0.0.9:80\n balance source\n server s h:1");
    assert_eq!(servers(&pool(&text)), "s<h:1>#1");
    assert!(!notes(&text).iter().any(|note| note.contains("dispatch")), "{:?}", notes(&text));
}

#[test]
fn what_is_not_covered_is_named() {
    for (body, says) in [
        (
            "balance source\n hash-type consistent none",
            "! f:4: hash-type function 'none', under which the key itself is the hash, is not covered",
        ),
        (
            "balance log-hash lower",
            "! f:3: log-hash hashes the line of a log, which is not covered",
        ),
    ] {
        assert_eq!(one(&backend(&format!("{body}\n server s h:1"))), [says], "{body}");
    }
    let key = "cookie A insert dynamic\n dynamic-cookie-key K\n balance source\n server s h:1";
    assert_eq!(servers(&pool(&backend(key))), "s<h:1>#1");
}

#[test]
fn a_bracket_ends_an_address_without_a_port() {
    let text = backend(
        "balance source\n hash-type consistent\n server a [2001:db8::1]\n server b [::]\n \
         server c ipv6@[::1] hash-key addr\n server d [::1]:+5\n server e [::1]:81",
    );
    assert_eq!(
        servers(&pool(&text)),
        "a<[2001:db8::1]>#1 b<[::]>#2 c<[::1]>#3~addr d<[::1]>#4 e<[::1]:81>#5"
    );
}

/// The ids are those of `show servers state`.
#[test]
fn the_first_of_a_template_has_its_id() {
    let text = backend(
        "balance source\n server a 10.0.0.9:80\n server-template s 3 10.0.0.1:80 id 7\n \
         server c 10.0.0.9:80\n server-template t 2 10.0.0.1:80 id 2\n server d 10.0.0.9:80",
    );
    let ids: Vec<(String, Option<u32>)> = pool(&text)
        .servers
        .iter()
        .map(|(server, _)| (server.identity().into_owned(), server.id()))
        .collect();
    let wanted =
        [("a", 1), ("s1", 7), ("s2", 3), ("s3", 4), ("c", 5), ("t1", 2), ("t2", 8), ("d", 9)];
    assert_eq!(ids, wanted.map(|(name, id)| (name.to_owned(), Some(id))));
    let error = one(&backend("balance source\n server-template s 3 10.0.0.1:80 guid g"));
    assert_eq!(error, ["! f:4: guid belongs to one server"]);
}

/// `reqadd` and `reqdel` reach headers alone, `reqrep` the request line too.
#[test]
fn old_keywords_reach_what_they_reach() {
    let rule = |balance: &str, line: &str| {
        let text = format!("{line}\n balance {balance}\n server s h:1");
        pool(&backend(&text)).key.to_string()
    };
    for line in ["reqadd X-A:\\ b", "reqdel ^X-A:", "reqidel ^x-a:"] {
        assert_eq!(rule("url_param room", line), "url_param room", "{line}");
        assert_eq!(rule("uri", line), "uri", "{line}");
        assert!(rule("hdr(x-a)", line).starts_with("hdr(x-a), after req"), "{line}");
        let told = notes(&backend(&format!("{line}\n balance hdr(x-a)\n server s h:1")));
        assert!(told.iter().any(|note| note.contains("changes headers before one")), "{told:?}");
    }
    assert_eq!(rule("hdr(x-b)", "reqadd X-A:\\ b"), "hdr(x-b)");
    for line in ["reqrep ^a b", "reqirep ^a b"] {
        assert!(rule("url_param room", line).starts_with("url_param room, after req"), "{line}");
        assert!(rule("hdr(x)", line).starts_with("hdr(x), after req"), "{line}");
    }
}

/// With `check_post` and without it the body of a POST counts where the URL has nothing.
#[test]
fn a_body_may_hold_the_parameter() {
    for balance in ["url_param a", "url_param a check_post"] {
        let key = pool(&backend(&format!("balance {balance}\n server s h:1"))).key;
        let of = |line: &str| {
            let request = crate::Request::parse(line).unwrap();
            let made = key.key(&request).map(|key| key.map(std::borrow::Cow::into_owned));
            made.map_err(|unbuilt| unbuilt.to_string())
        };
        assert_eq!(of("POST /x?a=1"), Ok(Some(b"/x?a=1".to_vec())));
        assert_eq!(of("PUT /x?b=1"), Ok(None));
        let error = of("POST /x?b=1").unwrap_err();
        assert!(error.contains("no parameter 'a', and HAProxy then hashes the one in the body"));
        // A log holds no bodies.
        let logged = crate::Request::parse("POST /x").unwrap().partly_known();
        assert_eq!(key.key(&logged), Ok(None));
    }
    let told = notes(&backend("balance url_param a check_post\n server s h:1"));
    let sentence = "check_post: of a POST without this parameter in its URL the one in the body is \
                    hashed";
    assert!(told.iter().any(|note| note == sentence), "{told:?}");
}
