//! Files of our own: assignments in both forms, recorded answers.

use std::path::Path;

use continuum::Server;
use continuum::assignment::Assignment;

use crate::texts::{again, sentence};

/// An assignment as JSON.
pub fn json(data: &[u8]) {
    match serde_json::from_slice::<Assignment>(data) {
        Ok(assignment) => whole(&assignment),
        Err(error) => sentence(&error),
    }
}

/// An assignment in its binary form; after a first byte of 128 or more with all that
/// guards it put right.
pub fn bytes(data: &[u8]) {
    match data.split_first() {
        Some((128.., rest)) => mended(rest),
        Some((_, rest)) => whole_file(rest),
        None => whole_file(data),
    }
}

fn whole_file(data: &[u8]) {
    match Assignment::from_bytes(data) {
        Ok(assignment) => {
            assert_eq!(assignment.to_bytes(), data, "two forms of one assignment");
            whole(&assignment);
        }
        Err(error) => sentence(&error),
    }
}

/// The binary form with its magic, length and checksum put right, so that what
/// lies behind them is met.
fn mended(data: &[u8]) {
    let mut bytes = b"\x89CTA\r\n\x1a\n\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&(20 + data.len() as u64 + 8).to_le_bytes());
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(&xxhash_rust::xxh64::xxh64(&bytes, 0).to_le_bytes());
    match Assignment::from_bytes(&bytes) {
        Ok(assignment) => {
            // -0 is read as 0, so that bytes may differ once, and once only.
            let again = Assignment::from_bytes(&assignment.to_bytes()).unwrap();
            assert_eq!(again, assignment);
            assert_eq!(again.to_bytes(), assignment.to_bytes());
            whole(&assignment);
        }
        Err(error) => {
            sentence(&error);
            assert!(!error.to_string().contains("checksum"), "{error}");
        }
    }
}

/// A file of recorded answers.
pub fn recorded(data: &[u8]) {
    match continuum_vectors::parse(data, Path::new("/nowhere/recorded.json")) {
        Ok(sets) => {
            for set in sets {
                for (_, owner) in set.owners() {
                    let _ = owner;
                }
                let _ = (set.positions().count(), set.option_text("points"));
                let _ = (set.scheme(), set.system(), set.version(), set.name(), set.servers());
            }
        }
        Err(error) => sentence(&error),
    }
}

/// What was read serves: its owners, its JSON, a change.
pub(crate) fn whole(assignment: &Assignment) {
    let held: u64 = assignment.holdings().iter().map(|holding| u64::from(holding.slots)).sum();
    assert_eq!(held, u64::from(assignment.slots()));
    let key = assignment.resolve("key").map(Server::identity);
    assert_eq!(key, assignment.resolve_copies("key").next().map(Server::identity));
    if assignment.slots() <= 4096 {
        again(assignment);
        let mut changed = assignment.clone();
        if let Err(error) = changed.change(Some(10)).and_then(|_| changed.change(None)) {
            sentence(&error);
        }
    }
}
