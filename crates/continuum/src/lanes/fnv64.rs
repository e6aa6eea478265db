//! FNV-1a of 64 bits over unsigned bytes, in batches.
//!
//! The other hashes of 64 bits have no lanes: they take eight bytes a step, and the
//! CPU overlaps one key with the next as well as lanes would.

#[cfg(target_arch = "x86_64")]
mod avx512;

#[cfg(target_arch = "x86_64")]
use super::group::hash_in_lanes;
use super::level::Level;
use crate::hash::fnv::{OFFSET_64, PRIME_64, fnv1a_64_plain};

/// The hashes of many keys; both slices are of one length.
pub(super) fn hash_all(level: Level, keys: &[&[u8]], out: &mut [u64]) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(proof) => hash_in_lanes(keys, out, fnv1a_64_plain, &proof),
        // AVX2 has no product of 64 bits, and one made of three is no faster.
        _ => interleaved(keys, out),
    }
}

/// Four keys interleaved, so that one's product is made while the others' are
/// waited for.
fn interleaved(keys: &[&[u8]], out: &mut [u64]) {
    let step = |hash: &mut u64, byte: u8| *hash = (*hash ^ u64::from(byte)).wrapping_mul(PRIME_64);
    let (fours, rest) = keys.as_chunks::<4>();
    let (outs, rest_out) = out.as_chunks_mut::<4>();
    for (keys, out) in fours.iter().zip(outs) {
        let shortest = keys.iter().map(|key| key.len()).min().unwrap_or(0);
        let [a, b, c, d] = keys.map(|key| key.split_at(shortest));
        let mut hashes = [OFFSET_64; 4];
        for (((&a, &b), &c), &d) in a.0.iter().zip(b.0).zip(c.0).zip(d.0) {
            step(&mut hashes[0], a);
            step(&mut hashes[1], b);
            step(&mut hashes[2], c);
            step(&mut hashes[3], d);
        }
        for (hash, rest) in hashes.iter_mut().zip([a.1, b.1, c.1, d.1]) {
            for &byte in rest {
                step(hash, byte);
            }
        }
        *out = hashes;
    }
    for (key, out) in rest.iter().zip(rest_out) {
        *out = fnv1a_64_plain(key);
    }
}
