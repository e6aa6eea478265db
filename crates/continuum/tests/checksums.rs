//! One number over a million look-ups a scheme: an answer that changes is a
//! broken promise, whatever else passes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::fixtures::{APART, SUMMED, checksum, keys, schemes};

#[test]
fn a_million_look_ups_answer_as_ever() {
    let texts: Vec<String> = keys(SUMMED);
    let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut rows = String::from(
        "# FNV-1a (64 bit) over the owners' numbers, four little-endian bytes each, of 500,000\n\
         # keys over 7 equal servers and then over 12 of capacity 1, 2, 4, for each scheme with\n\
         # its options. Keys and servers are those of crates/continuum/tests/fixtures.rs. A row\n\
         # never changes; a new scheme adds rows.\n",
    );
    for scheme in schemes().into_iter().chain([APART.parse().unwrap()]) {
        let sum = checksum(&scheme, &keys);
        writeln!(rows, "{scheme:#}\t{sum:016x}").unwrap();
    }
    up_to_date("vectors/checksums.tsv", &rows);
}

/// Compares a generated file with the one checked in; with `UPDATE=1` writes it.
pub fn up_to_date(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, now).unwrap();
    }
    let then = fs::read_to_string(&path).unwrap_or_default();
    for (line, (now, then)) in (1..).zip(now.lines().zip(then.lines())) {
        assert_eq!(now, then, "{file}:{line} differs; if that is meant: UPDATE=1 cargo test");
    }
    assert_eq!(now, then, "{file} is out of date; if that is meant: UPDATE=1 cargo test");
}
