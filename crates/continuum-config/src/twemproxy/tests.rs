use super::read;
use crate::testing::{file, only, shown, yaml_tree};

fn one(text: &str) -> Vec<String> {
    shown(read(&yaml_tree(text), &file()))
}

#[test]
fn the_example_of_the_package() {
    let text = include_str!("../../tests/examples/nutcracker.yml");
    let found = one(text);
    assert_eq!(found.len(), 5);
    assert_eq!(found[0], "alpha twemproxy | 127.0.0.1:6379");
    assert_eq!(
        found[1],
        "beta twemproxy:hash-tag={} | server1<127.0.0.1:6380> \
         server2<127.0.0.1:6381> server3<127.0.0.1:6382> server4<127.0.0.1:6383>"
    );
    assert_eq!(found[4], "omega twemproxy:hash=hsieh | 127.0.0.1:11214=100000 127.0.0.1:11215");
}

#[test]
fn places_and_notes() {
    let text = "a:\n  auto_eject_hosts: true\n  servers:\n  - /run/a.sock:2\n  - ::1:80:3 x\n";
    let draft = only(read(&yaml_tree(text), &file()));
    assert_eq!(crate::testing::servers(&draft), "/run/a.sock=2 x<[::1]:80=3>");
    assert_eq!(draft.servers[1].1.to_string(), "f:5");
    assert_eq!(draft.notes[0].place().to_string(), "f:2");
    assert_eq!(draft.key.as_text(), None);
    let quoted = only(read(&yaml_tree(&text.replace("true", "\"true\"")), &file()));
    assert_eq!(quoted.notes, draft.notes);
}

#[test]
fn the_database_of_redis() {
    for (body, database) in [
        ("", None),
        ("redis: false\n  redis_db: 3\n  ", None),
        ("redis: true\n  ", Some(0)),
        ("redis: true\n  redis_db: 3\n  ", Some(3)),
    ] {
        let text = format!("a:\n  {body}servers: [\"h:1:1\"]\n");
        assert_eq!(only(read(&yaml_tree(&text), &file())).database, database, "{body}");
    }
}

#[test]
fn refuses_by_name() {
    for (body, says) in [
        ("hsah: md5", "f:2: unknown setting 'hsah', with which nutcracker refuses the whole file"),
        ("hash: MD5", "f:2: hash 'MD5' is none of one_at_a_time"),
        ("distribution: ring", "f:2: distribution 'ring' is none of ketama, modula, random"),
        ("hash_tag: '{'", "f:2: hash_tag '{' is not two characters"),
        ("servers: [\"a:1\"]", "f:2: server 'a:1': expected host:port:weight"),
        ("servers: [\"a:x:1\"]", "f:2: server 'a:x:1': port 'x'"),
        ("servers: [\"a:1:0\"]", "f:2: server 'a:1:0': weight '0'"),
        ("servers: [\"a:1:1 b c\"]", "f:2: server 'a:1:1 b c': expected one blank, and a name"),
        ("servers: [\"a:1:1  b\"]", "f:2: server 'a:1:1  b': expected one blank, and a name"),
        ("servers: [\"${H}:1:1\"]", "f:2: server '${H}:1:1': twemproxy fills in no ${: give"),
        ("servers: [\"<%=h%>:1:1\"]", "f:2: server '<%=h%>:1:1': twemproxy fills in no <%"),
        ("servers: [\"{{ h }}:1:1\"]", "f:2: server '{{ h }}:1:1': twemproxy fills in no {{"),
        ("servers: {}", "f:2: servers must be a list, and is a map"),
        ("servers: [[]]", "f:2: a server must be a text, and is a list"),
        ("listen: x", "f:1: has no servers"),
        ("redis: 1", "f:2: redis must be true or false"),
        ("redis_db: -1", "f:2: redis_db must be a whole number"),
        ("redis_db: 4294967296", "f:2: redis_db is greater than the number of any database"),
        ("auto_eject_hosts: 1\n  servers: []", "f:2: auto_eject_hosts must be true or false"),
    ] {
        let found = one(&format!("a:\n  {body}\n"));
        assert!(found[0].starts_with(&format!("! {says}")), "{body}: {found:?}");
    }
    assert_eq!(
        one("a:\n  distribution: random\n")[0],
        "a - does not hash: distribution random is no mapping"
    );
}

/// A key is looked for in another database, whatever its server.
#[test]
fn another_database_is_another_rule() {
    let key = |db: &str| {
        let text = format!("a:\n  redis: true\n{db}  servers: [\"a:1:1\"]\n");
        only(read(&yaml_tree(&text), &file())).key
    };
    let of = |db: &str| key(&format!("  redis_db: {db}\n"));
    assert_eq!(of("3").to_string(), "the key, in redis_db 3");
    assert_eq!(of("3").compare(&of("4")), crate::SameKey::Different);
    assert_eq!(of("3").compare(&key("")), crate::SameKey::Different);
    assert_eq!(of("0").compare(&key("")), crate::SameKey::Same);
}
