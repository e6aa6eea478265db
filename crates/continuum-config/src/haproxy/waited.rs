//! `balance hash` of what may not be there when HAProxy chooses, as 2.6.12 and 2.8.25 do:
//! each was sent six equal requests by clients that wait 50 milliseconds before they send.

use super::read;
use crate::testing::{file, none, only, shown};

const SERVER: &str = "server s h:1\n";
const WAITS: &str = "tcp-request inspect-delay 1s\n tcp-request content accept if HTTP\n";

fn first(text: &str) -> String {
    shown(read(text, &file(), &none())).remove(0)
}

fn notes(text: &str) -> Vec<String> {
    let pool = only(read(text, &file(), &none()));
    pool.notes.iter().map(|note| note.sentence().to_owned()).collect()
}

fn is_skipped(text: &str) -> bool {
    let told = first(text);
    let why = "needs mode http, or in tcp 'tcp-request inspect-delay' with content rules that wait \
               for the request; without both HAProxy takes turns";
    told.starts_with("a - does not hash a key: balance hash ") && told.contains(why)
}

#[test]
fn a_request_has_not_come_in_tcp() {
    for sample in [
        "path",
        "pathq",
        "url",
        "method",
        "url_param(a)",
        "urlp(a)",
        "req.hdr(x)",
        "hdr(x)",
        "req.fhdr(x)",
        "cookie(a)",
        "req.cook(a)",
        "base",
        "query",
        "path,lower",
        "req.hdr_ip(x,-1),ipmask(24)",
    ] {
        let body = format!("balance hash {sample}\n {SERVER}");
        assert!(is_skipped(&format!("defaults\nbackend a\n {body}")), "{sample}");
        assert!(is_skipped(&format!("defaults\nbackend a\n mode tcp\n {body}")), "{sample}");
        assert!(is_skipped(&format!("listen a\n mode tcp\n {body}")), "{sample}");
        let http = format!("backend a\n mode http\n {body}");
        assert!(first(&http).starts_with("a haproxy:"), "{sample}");
        let told = notes(&http);
        assert!(!told.iter().any(|note| note.contains("takes turns")), "{told:?}");
    }
    for other in ["src", "src,ipmask(24)", "var(txn.path)", "str(x)"] {
        let text = format!("defaults\nbackend a\n balance hash {other}\n {SERVER}");
        assert!(first(&text).starts_with("a haproxy:"), "{other}");
    }
    let log = format!("backend a\n mode log\n balance hash path\n {SERVER}");
    assert_eq!(
        first(&log),
        "a - does not hash a key: balance hash path needs mode http, this is mode log"
    );
}

#[test]
fn rules_wait_for_a_request() {
    let backend = format!("backend a\n balance hash path\n {SERVER}");
    let sentence = "in mode tcp a request that has not come while tcp-request rules wait is not \
                    hashed: HAProxy takes turns";
    let frontend = format!("frontend f\n bind :80\n default_backend a\n {WAITS}");
    for text in [
        format!("defaults\nlisten a\n {WAITS} balance hash path\n {SERVER}"),
        format!("defaults d\n {WAITS}backend a from d\n balance hash path\n {SERVER}"),
        format!("defaults\n{frontend}{backend}"),
        format!("defaults\n{backend}{frontend}"),
        format!("backend a\n mode tcp\n balance hash path\n {SERVER}{frontend}"),
    ] {
        assert!(first(&text).starts_with("a haproxy:"), "{text}");
        let told = notes(&text);
        assert_eq!(told.iter().filter(|note| *note == sentence).count(), 1, "{told:?}");
    }
    // A time alone, or rules alone, wait for nothing; nor does a frontend that leads elsewhere.
    for rule in ["tcp-request inspect-delay 1s", "tcp-request content accept if HTTP"] {
        let text = format!("defaults\nlisten a\n {rule}\n balance hash path\n {SERVER}");
        assert!(is_skipped(&text), "{text}");
    }
    let elsewhere = format!("frontend f\n default_backend b\n {WAITS}");
    assert!(is_skipped(&format!("defaults\n{backend}{elsewhere}")));
}

#[test]
fn a_part_of_a_configuration_may_be_led_to_from_elsewhere() {
    let tcp = format!("backend a\n mode tcp\n balance hash path\n {SERVER}");
    let sentence = "in mode tcp HAProxy takes turns where no frontend waits for the request, with \
                    'tcp-request inspect-delay' and content rules: this file holds a part of a \
                    configuration, and does not say";
    assert!(notes(&tcp).iter().any(|note| note == sentence), "{:?}", notes(&tcp));
    assert!(is_skipped(&format!("{tcp}frontend f\n default_backend a\n")));
    let told = notes(&format!("backend a\n balance hash path\n {SERVER}"));
    assert!(
        told.iter().any(|note| note.starts_with("no 'mode' is in this file, which holds a part")),
        "{told:?}"
    );
}

/// "L6 sample fetch <req.ssl_sni> will be ignored in 'balance hash' expression in HTTP mode";
/// in tcp HAProxy has passed on what it takes the sample from.
#[test]
fn of_bytes_nothing_is_left() {
    for sample in ["req.ssl_sni", "req_ssl_sni,lower", "req.payload(0,8)", "rdp_cookie(msts)"] {
        let body = format!("{WAITS} balance hash {sample}\n {SERVER}");
        for text in [
            format!("defaults\nlisten a\n {body}"),
            format!("listen a\n mode http\n {body}"),
            format!("listen a\n mode tcp\n {body}"),
        ] {
            assert_eq!(
                first(&text),
                format!(
                    "a - does not hash a key: of '{sample}' nothing is left when HAProxy chooses, \
                     and it takes turns; a variable that 'tcp-request content set-var' fills is \
                     hashed in mode tcp"
                )
            );
        }
    }
}

/// "You must use 'tcp-request content accept'", says the manual.
#[test]
fn a_cookie_of_rdp_has_not_come_either() {
    let why = "a - does not hash a key: balance rdp-cookie needs 'tcp-request inspect-delay' with \
               content rules that wait for the request; without both HAProxy takes turns";
    for balance in ["rdp-cookie", "rdp-cookie(msts)", "rdp-cookie MSTSHASH"] {
        let body = format!("balance {balance}\n {SERVER}");
        let why = why.replace("rdp-cookie", balance.split(' ').next().unwrap());
        for text in [
            format!("listen a\n mode tcp\n {body}"),
            format!("listen a\n {body}"),
            format!("defaults\nbackend a\n {body}"),
        ] {
            assert_eq!(first(&text), why, "{text}");
        }
        let waits = format!("listen a\n {WAITS} {body}");
        assert!(first(&waits).starts_with("a haproxy:"), "{waits}");
        let part = format!("backend a\n {body}");
        assert!(first(&part).starts_with("a haproxy:"), "{part}");
        let told = notes(&part);
        assert!(told.iter().any(|note| note.contains("no frontend waits")), "{told:?}");
        assert!(!told.iter().any(|note| note.contains("mode http")), "{told:?}");
        assert_eq!(
            first(&format!("backend a\n mode http\n {body}")),
            "a - does not hash a key: balance rdp-cookie finds no cookie of RDP in mode http, in \
             which HAProxy takes turns"
        );
    }
}
