//! `assign`: what is said of a table that cannot be as it was asked for.

use std::process::Output;

use super::continuum;
use super::scratch::{Scratch, scratch};

const SERVERS: [&str; 6] = ["-s", "a:1", "-s", "b:1", "-s", "c:1"];

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A table of 64 slots over these servers.
fn table(name: &str) -> Scratch {
    let table = scratch(name, b"");
    let mut init = continuum();
    init.args(["assign", "init", "--force", "--slots", "64"]).args(SERVERS);
    assert!(init.arg(&table).output().unwrap().status.success());
    table
}

#[test]
fn copies_without_a_server_are_told() {
    let table = scratch("short-of-servers.json", b"");
    let mut init = continuum();
    init.args(["assign", "init", "--force", "--slots", "64", "--copies", "5"]);
    let output = init.args(SERVERS).arg(&table).output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        said(&output),
        "warning: 5 copies of each slot are wanted, and 3 are kept: there are no more servers to hold one\n"
    );
    let mut change = continuum();
    change.args(["assign", "change", "--add", "d:1", "--add", "e:1"]).arg(&table);
    let output = change.output().unwrap();
    assert!(output.status.success());
    assert_eq!(said(&output), "");
}

#[test]
fn a_slot_is_pinned_once() {
    let table = table("pinned-twice.json");
    let before = std::fs::read(&table).unwrap();
    let mut change = continuum();
    change.args(["assign", "change", "--pin", "3=a", "--pin", "3=b:1"]).arg(&table);
    let output = change.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said(&output), "error: --pin: slot 3 is given twice, to 'a' and to 'b:1'\n");
    assert_eq!(std::fs::read(&table).unwrap(), before);
}

/// A script that tries again must know that the table is changed.
#[cfg(target_os = "linux")]
#[test]
fn a_change_that_cannot_be_printed_is_made_all_the_same() {
    let table = table("printed-nowhere.json");
    let mut change = continuum();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    change.args(["assign", "change", "--add", "d:1"]).arg(&table).stdout(full);
    let output = change.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        said(&output),
        "error: cannot write the output: No space left on device; the table is changed all the same\n"
    );
    assert!(std::fs::read_to_string(&table).unwrap().contains("\"d:1\""));
}
