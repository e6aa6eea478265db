//! Hashes by bytes in safe code: four keys interleaved, so that one's product is
//! made while the others' are waited for.

use super::rule::Rule;
use crate::hash::word::signed32;

/// Keys hashed at once: more would not fit in the registers.
const LANES: usize = 4;

/// Folds `step` over four keys; where the shortest has ended, one by one.
#[inline]
fn fold(keys: &[&[u8]; LANES], start: u32, step: impl Fn(u32, u8) -> u32) -> [u32; LANES] {
    let shortest = keys.iter().map(|key| key.len()).min().unwrap_or(0);
    let [a, b, c, d] = keys.map(|key| key.split_at(shortest));
    let mut hashes = [start; LANES];
    for (((&a, &b), &c), &d) in a.0.iter().zip(b.0).zip(c.0).zip(d.0) {
        hashes[0] = step(hashes[0], a);
        hashes[1] = step(hashes[1], b);
        hashes[2] = step(hashes[2], c);
        hashes[3] = step(hashes[3], d);
    }
    for (hash, rest) in hashes.iter_mut().zip([a.1, b.1, c.1, d.1]) {
        *hash = rest.iter().fold(*hash, |hash, &byte| step(hash, byte));
    }
    hashes
}

#[inline]
fn all(
    keys: &[&[u8]],
    out: &mut [u32],
    start: u32,
    step: impl Fn(u32, u8) -> u32,
    finish: impl Fn(u32) -> u32,
) {
    let (fours, rest) = keys.as_chunks::<LANES>();
    let (outs, rest_out) = out.as_chunks_mut::<LANES>();
    for (keys, out) in fours.iter().zip(outs) {
        *out = fold(keys, start, &step).map(&finish);
    }
    for (key, out) in rest.iter().zip(rest_out) {
        *out = finish(key.iter().fold(start, |hash, &byte| step(hash, byte)));
    }
}

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
