//! Hashes that take a key byte by byte or word by word, in batches. The hash of a
//! key is a chain of which each link waits for the one before; lanes work on many
//! chains at once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod rule;
#[cfg(target_arch = "x86_64")]
mod steps;

#[cfg(target_arch = "x86_64")]
use super::group::hash_in_lanes;
use super::level::Level;
pub(super) use rule::{Rule, Seed};

/// The hashes of many keys; both slices are of one length.
pub(super) fn hash_all(level: Level, rule: Rule, keys: &[&[u8]], out: &mut [u32]) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(proof) => hash_in_lanes(keys, out, |key| rule.hash(key), &(proof, rule)),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(proof) => hash_in_lanes(keys, out, |key| rule.hash(key), &(proof, rule)),
        _ => portable::hash_all(rule, keys, out),
    }
}
