//! One number over a million look-ups a scheme: an answer that changes is a
//! broken promise, whatever else passes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::fixtures::{APART, build, key, schemes, servers};

#[test]
fn a_million_look_ups_answer_as_ever() {
    let texts: Vec<String> = (0..500_000).map(key).collect();
    let keys: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut owners = vec![0; keys.len()];
    let mut rows = String::from(
        "# FNV-1a (64 bit) over the owners' numbers, four little-endian bytes each, of 500,000\n\
         # keys over 7 equal servers and then over 12 of capacity 1, 2, 4, for each scheme with\n\
         # its options. Keys and servers are those of crates/continuum/tests/fixtures.rs. A row\n\
         # never changes; a new scheme adds rows.\n",
    );
    for scheme in schemes().into_iter().chain([APART.parse().unwrap()]) {
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        for (count, mixed) in [(7, false), (12, true)] {
            build(&scheme, &servers(&scheme, count, mixed)).resolve_all(&keys, &mut owners);
            // Shifts, since tests are hardly optimised: a chain of iterators takes the longer
            // part of the test.
            for owner in &owners {
                for shift in [0, 8, 16, 24] {
                    let byte = u64::from(owner >> shift & 0xff);
                    sum = (sum ^ byte).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
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
