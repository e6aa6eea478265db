use super::read;
use crate::testing::{file, none, shown};

fn one(text: &str) -> Vec<String> {
    shown(read(text, &file(), &none()))
}

#[test]
fn pools_of_every_shape() {
    let text = "scheme = 'nginx'\nservers = ['a:1', 'b:1=2']\nname = 'top'\n[[pools]]\nname = 'p'\n\
                [[pools.servers]]\naddress = '[::1]:80'\nname = 'x'\nweight = 0.5\nid = 7\nzone = 'z'\n\
                [[pools.servers]]\nhost = 'h'\nport = 80\ndown = true\nhash_key = 'k'\n";
    assert_eq!(one(text), ["top nginx | a:1 b:1=2", "p nginx | x<[::1]:80=0.5>#7@z h:80~k"]);
}

#[test]
fn refuses_by_name() {
    for (text, says) in [
        ("servers = ['a:1']", "f:1: no scheme given"),
        ("scheme = 'nginx'", "f:1: has no servers"),
        ("scheme = 'nginx'\nservers = [\n'a:1',\n'a:x']", "f:4: server 'a:x': port 'x'"),
        ("scheme = 7\nservers = []", "f:1: scheme must be a text, and is '7'"),
        ("shceme = 'x'\nname = 'y'", "f:1: the file: unknown setting 'shceme'"),
        (
            "[global]\ncheck = true\n[entryPoints]",
            "f:1: TOML of another program, which is not read: it has 'global', and neither",
        ),
        ("[[pools]]\nscheme = 'x'", "f:1: a pool without a name"),
        (
            "scheme = 'x'\n[[servers]]\nhost = 'a'\nport = 70000",
            "f:4: server 'a': port 70000 is not",
        ),
        ("scheme = 'x'\n[[servers]]\nhost = 'a'\ncapacity = -1", "f:4: server 'a': capacity -1"),
        (
            "scheme = 'x'\n[[servers]]\nhost = 'a'\ncapacity = 'b'",
            "f:4: server 'a': capacity must be",
        ),
        ("scheme = 'x'\n[[servers]]\naddress = 'a'\nport = 1", "f:4: server 'a': port stands"),
        ("scheme = 'x'\n[[servers]]\nid = 1", "f:2: a server without address, host or name"),
        ("scheme = 'x'\nservers = [7]", "f:2: a server must be a text or a table, and is '7'"),
        ("a = ", "f:1: invalid TOML"),
        ("scheme = 'x'\nscheme = 'y'", "f:2: invalid TOML"),
    ] {
        let found = one(text);
        assert!(found[0].starts_with(&format!("! {says}")), "{text}: {found:?}");
    }
}
