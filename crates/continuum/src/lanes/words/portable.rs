//! Hashes by bytes in safe code.

use super::rule::Rule;
use crate::hash::word::signed32;
use crate::lanes::interleaved::all;

/// The hashes of many keys; both slices are of one length.
pub(super) fn hash_all(rule: Rule, keys: &[&[u8]], out: &mut [u32]) {
    match rule {
        Rule::Fnv1 { start, prime } => {
            all(keys, out, start, |hash, byte| hash.wrapping_mul(prime) ^ signed32(byte), |h| h);
        }
        Rule::Fnv1a { start, prime } => {
            all(keys, out, start, |hash, byte| (hash ^ signed32(byte)).wrapping_mul(prime), |h| h);
        }
        Rule::Fnv1aPlain { start, prime } => {
            let step = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(prime);
            all(keys, out, start, step, |h| h);
        }
        Rule::Sum { start, factor } => {
            let step = |hash: u32, byte| hash.wrapping_mul(factor).wrapping_add(u32::from(byte));
            all(keys, out, start, step, |h| h);
        }
        Rule::OneAtATime => {
            use crate::hash::one_at_a_time::{finish, step};
            all(keys, out, 0, step, finish);
        }
        // Words carry four bytes a step: keys follow one another closely enough.
        Rule::Murmur2(_) | Rule::Murmur3(_) => {
            for (key, out) in keys.iter().zip(out) {
                *out = rule.hash(key);
            }
        }
    }
}
