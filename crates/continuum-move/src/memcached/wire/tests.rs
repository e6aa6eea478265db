use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::thread;
use std::time::Duration;

use super::{Item, Link, Named, Put, Reply, delete, get, give_back, name, put, reply};
use crate::dial::{Address, Endpoint};

/// What a server that says this and closes is understood to answer, and the first error.
fn told(says: &[u8]) -> (Vec<Reply>, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let says = says.to_vec();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Whoever is refused may hang up first.
        let _ = stream.write_all(&says);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read(&mut [0; 16]);
    });
    let endpoint = Endpoint::new(Address::Tcp("127.0.0.1".to_owned(), port));
    let mut link = Link::open(&endpoint, Duration::from_secs(5)).unwrap();
    let (mut replies, mut line) = (Vec::new(), Vec::new());
    let error = loop {
        match reply(&mut link, &mut line) {
            Ok(reply) => replies.push(reply),
            Err(error) => break crate::error::reason(&error),
        }
    };
    drop(link);
    server.join().unwrap();
    (replies, error)
}

#[test]
fn names() {
    assert_eq!(name(b"key"), Some(Named::Plain));
    assert_eq!(name("schlüssel".as_bytes()), Some(Named::Plain));
    assert_eq!(name(b"\xff\xfe"), Some(Named::Plain));
    for (key, text) in
        [(&b"a b"[..], "YSBi"), (b"\0", "AA=="), (b"\x7f", "fw=="), (b"\r\n", "DQo=")]
    {
        assert_eq!(name(key), Some(Named::Encoded(text.to_owned())));
    }
    assert_eq!(name(b""), None);
    assert_eq!(name(&[b'k'; 250]), Some(Named::Plain));
    assert_eq!(name(&[b'k'; 251]), None);
    assert!(matches!(name(&[b' '; 186]), Some(Named::Encoded(text)) if text.len() == 248));
    assert_eq!(name(&[b' '; 187]), None);
}

#[test]
fn commands() {
    let mut command = Vec::new();
    assert!(get(&mut command, b"k") && get(&mut command, b"\0"));
    assert!(delete(&mut command, b"k", u64::MAX));
    assert!(give_back(&mut command, b"\0", 3));
    let over = Put { key: b"k", value: b"v\r\n", flags: 7, expires: 60, over: Some(9) };
    assert!(put(&mut command, &over));
    assert!(put(&mut command, &Put { over: None, ..over }));
    assert!(put(&mut command, &Put { key: b" ", ..over }));
    assert!(put(&mut command, &Put { key: b" ", expires: 0, over: None, ..over }));
    assert!(!get(&mut command, b"") && !put(&mut command, &Put { key: b"", ..over }));
    let wanted = "mg k v t f c u\r\nmg AA== b v t f c u\r\nmd k C18446744073709551615\r\n\
                  md AA== b I C3\r\n\
                  cas k 7 60 3 9\r\nv\r\n\r\nadd k 7 60 3\r\nv\r\n\r\n\
                  ms IA== 3 b c F7 T60 C9\r\nv\r\n\r\nms IA== 3 b c F7 T0 ME\r\nv\r\n\r\n";
    assert_eq!(command.escape_ascii().to_string(), wanted.as_bytes().escape_ascii().to_string());
}

#[test]
fn answers() {
    let item =
        Item { value: b"a\r\n".to_vec(), left: Some(99), flags: 14, cas: 3, ..Item::default() };
    let says = b"VA 3 t99 f14 c3\r\na\r\n\r\nEN\r\nNF\r\nNS\r\nEX c0\r\nSTORED\r\nNOT_STORED\r\n\
                 EXISTS\r\nNOT_FOUND\r\nHD c5\r\nVA 0 t-1 f0 c1 W X O7\r\n\r\n\
                 SERVER_ERROR out of memory storing object\r\n";
    let (replies, error) = told(says);
    assert_eq!(
        replies,
        [
            Reply::Item(item),
            Reply::None,
            Reply::None,
            Reply::NotStored,
            Reply::Changed,
            Reply::Stored,
            Reply::NotStored,
            Reply::Changed,
            Reply::None,
            Reply::Item(Item { cas: 5, ..Item::default() }),
            Reply::Item(Item { cas: 1, stale: true, won: true, ..Item::default() }),
            Reply::Refused("SERVER_ERROR out of memory storing object".to_owned()),
        ]
    );
    assert_eq!(error, "the connection was closed");
}

#[test]
fn what_is_no_value_is_told() {
    let item = |says: &[u8]| match told(says).0.remove(0) {
        Reply::Item(item) => item,
        other => panic!("{other:?}"),
    };
    let outdated = item(b"VA 1 t-1 f0 c1 X W\r\na\r\n");
    assert!(outdated.is_void() && outdated.won);
    let promised = item(b"VA 1 t-1 f0 c1 X Z\r\na\r\n");
    assert!(promised.is_void() && !promised.won);
    // The place of a value that a client has yet to make, and a value that one renews.
    assert!(item(b"VA 0 t9 f0 c1 Z\r\n\r\n").is_void());
    assert!(!item(b"VA 1 t9 f0 c1 Z\r\na\r\n").is_void());
    assert!(!item(b"VA 0 t9 f0 c1\r\n\r\n").is_void());
}

#[test]
fn hostile_answers_are_refused() {
    let endless = vec![b'x'; 1 << 20];
    for (says, why) in [
        (&b"VA\r\n"[..], "a value without a length"),
        (b"VA -1\r\n", "a value without a length"),
        (b"VA 99999999999999999999\r\n", "a value without a length"),
        (b"VA 2147483648 t1\r\n", "a value without a length"),
        (b"VA 1073741824 t1\r\nabc", "the connection was closed"),
        (b"VA 3 t1\r\nabcde", "a value that does not end where it says"),
        (b"VA 3 t1\r\nabc", "the connection was closed"),
        (b"VA 3 tx\r\nabc\r\n", "'tx'"),
        (b"VA 3 t-2\r\nabc\r\n", "'t-2'"),
        (b"HD c-1\r\n", "'c-1'"),
        (b"HD f4294967296\r\n", "'f4294967296'"),
        (b"\xff\xfe\r\n", "what is no text"),
        (b"HELLO \x1b[2J\r\n", r"'HELLO \x1b[2J'"),
        (b"\r\n", "''"),
        (b"HD", "the connection was closed"),
        (&endless, "a line without an end"),
    ] {
        let (replies, error) = told(says);
        let error = error.strip_prefix("it answered ").unwrap_or(&error);
        assert_eq!(
            (replies.len(), error),
            (0, why),
            "{}",
            says[..says.len().min(40)].escape_ascii()
        );
    }
}
