use super::read;
use crate::testing::{file, none, shown};

#[test]
fn one_server_a_line() {
    let text = "# ours\nscheme nginx\n a:1 2 # two\n[::1]:80=3\n\n";
    assert_eq!(shown(read(text, &file(), &none())), ["f nginx | a:1=2 [::1]:80=3"]);
    for (text, says) in [
        ("a:1", "f:1: no scheme given"),
        ("scheme x\na:1 2 3", "f:2: '3' is more than a server and its weight"),
        ("scheme x\na:1 b", "f:2: capacity 'b'"),
        ("scheme x\na:b", "f:2: server 'a:b'"),
        ("scheme", "f:1: scheme without a name"),
        ("scheme x\nscheme y", "f:2: a second scheme"),
    ] {
        let found = shown(read(text, &file(), &none()));
        assert!(found[0].starts_with(&format!("! {says}")), "{text}: {found:?}");
    }
}
