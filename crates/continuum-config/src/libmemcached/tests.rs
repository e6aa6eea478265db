use super::read;
use crate::testing::{file, only, shown};

fn one(text: &str) -> String {
    shown(read(text, &file())).remove(0)
}

/// What libmemcached 1.1.4 makes of the same strings.
#[test]
fn the_order_of_options_counts() {
    for (text, scheme) in [
        ("--SERVER=foo:11", ""),
        (
            "--SERVER=foo:11/?2 --SERVER=bar:12/?3 --DISTRIBUTION=consistent",
            ":distribution=ketama,order=after",
        ),
        ("--DISTRIBUTION=consistent --SERVER=foo:11/?2 --SERVER=bar:12", ":distribution=ketama"),
        (
            "--DISTRIBUTION=CONSISTENT --SERVER=foo:11 --HASH=MD5",
            ":distribution=ketama,hash=md5,point-hash=default",
        ),
        ("--HASH=MD5 --DISTRIBUTION=consistent --SERVER=foo:11", ":distribution=ketama,hash=md5"),
        ("--DISTRIBUTION=consistent,MD5 --SERVER=foo:11", ":distribution=ketama"),
        (
            "--DISTRIBUTION=consistent --SERVER=foo:11/?2 --DISTRIBUTION=consistent",
            ":distribution=ketama,order=after",
        ),
        ("--server=foo:11 --NAMESPACE=\"x\"", ""),
        ("--SERVER=foo:11 --HASH-WITH-NAMESPACE --NAMESPACE=\"a,b\"", ":prefix=a%2Cb"),
    ] {
        let draft = only(read(text, &file()));
        assert_eq!(draft.scheme.shown(), format!("libmemcached{scheme}"), "{text}");
    }
}

#[test]
fn servers_and_lines() {
    let text = "# pool\n--HASH=MURMUR --SERVER=foo --SOCKET=\"/run/a b\"/?2\n--SERVER=10.0.0.1:0\nEND --SERVER=no:1\n";
    assert_eq!(one(text), "f libmemcached:hash=murmur | foo:11211 /run/a b=2 10.0.0.1:11211");
    assert!(one("--SERVER=a:1 --DISTRIBUTION=random").starts_with("f - does not hash"));
}

#[test]
fn refuses_by_name() {
    for (text, says) in [
        ("--HASH=hsieh", "f:1: hash 'hsieh' is none of md5"),
        ("--HASH=MD5\n--HASH=CRC", "f:2: --HASH can only be set once"),
        ("--DISTRIBUTION=ketama", "f:1: distribution 'ketama' is none of"),
        ("--SORT-HOSTZ", "f:1: unknown option '--SORT-HOSTZ'"),
        ("--SERVER=a:1 INCLUDE /x", "f:1: 'INCLUDE' is no option"),
        ("--SERVER=::1:5", "f:1: server '::1:5': libmemcached reads no IPv6"),
        ("--SERVER=a:x", "f:1: port 'x'"),
        ("--SERVER=a:1/?x", "f:1: weight 'x'"),
        ("--SOCKET=/x", "f:1: socket '/x' is no path in quotes"),
        ("--SERVER=\"a", "f:1: a quote without its end"),
        ("--SERVER", "f:1: --SERVER without a value"),
    ] {
        let found = one(text);
        assert!(found.starts_with(&format!("! {says}")), "{text}: {found}");
    }
}

#[test]
fn hosts_are_sorted_as_the_library_sorts_them() {
    let text = "--SORT-HOSTS --SERVER=b:1 --SERVER=a:2\n--SERVER=a:1";
    assert_eq!(one(text), "f libmemcached | a:1 a:2 b:1");
}

/// Every key is looked for under another name then.
#[test]
fn another_namespace_is_another_rule() {
    let key = |options: &str| only(read(&format!("--SERVER=a:1 {options}"), &file())).key;
    let (none, x) = (key(""), key("--NAMESPACE=\"x\""));
    assert_eq!(x.to_string(), "the key, in namespace 'x'");
    assert_eq!(none.compare(&x), crate::SameKey::Different);
    assert_eq!(x.compare(&key("--NAMESPACE=\"y\"")), crate::SameKey::Different);
}
