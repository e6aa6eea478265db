//! Hashes of 64 bits in batches.
//!
//! AVX2 has no product of 64 bits, and what makes one out of three of 32 is no
//! faster than one key at a time: the CPU overlaps those well.

#[cfg(target_arch = "x86_64")]
use super::avx512_longs::{self, WIDTH};
use super::level::Level;
use crate::hash::{fnv, murmur2, xxh64};

/// A hash of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Over unsigned bytes.
    Fnv1a,
    /// With this seed.
    Murmur64A(u64),
    /// With this seed.
    Xxh64(u64),
}

impl Rule {
    /// The portable truth.
    #[inline]
    fn hash(self, key: &[u8]) -> u64 {
        match self {
            Self::Fnv1a => fnv::fnv1a_64_plain(key),
            Self::Murmur64A(seed) => murmur2::murmur64a(key, seed),
            Self::Xxh64(seed) => xxh64::xxh64(key, seed),
        }
    }
}

/// Longer keys are hashed alone.
#[cfg(target_arch = "x86_64")]
pub(super) const LONGEST: usize = 64;

/// Up to this many keys are hashed one by one: a vector would be mostly empty.
#[cfg(target_arch = "x86_64")]
const FEW: usize = 2;

/// The hashes of many keys; both slices are of one length.
pub(crate) fn hash_all(level: Level, rule: Rule, keys: &[&[u8]], out: &mut [u64]) {
    #[cfg(target_arch = "x86_64")]
    if let Level::Avx512(proof) = level {
        let mut from = 0;
        while from + FEW < keys.len() {
            let (keys, out) = (&keys[from..], &mut out[from..]);
            from += if keys.len() > WIDTH {
                group::<3>(rule, keys, out, |keys, out| avx512_longs::hash(proof, rule, keys, out))
            } else {
                group::<1>(rule, keys, out, |keys, out| avx512_longs::hash(proof, rule, keys, out))
            };
        }
        for (key, out) in keys.iter().zip(out).skip(from) {
            *out = rule.hash(key);
        }
        return;
    }
    let _ = level;
    match rule {
        Rule::Fnv1a => fnv1a(keys, out),
        // Words carry eight bytes a step: keys follow one another closely enough.
        Rule::Murmur64A(seed) => {
            for (key, out) in keys.iter().zip(out) {
                *out = murmur2::murmur64a(key, seed);
            }
        }
        Rule::Xxh64(seed) => {
            for (key, out) in keys.iter().zip(out) {
                *out = xxh64::xxh64(key, seed);
            }
        }
    }
}

/// Four keys interleaved, so that one's product is made while the others' are
/// waited for.
fn fnv1a(keys: &[&[u8]], out: &mut [u64]) {
    let step = |hash: &mut u64, byte: u8| {
        *hash = (*hash ^ u64::from(byte)).wrapping_mul(fnv::PRIME_64);
    };
    let (fours, rest) = keys.as_chunks::<4>();
    let (outs, rest_out) = out.as_chunks_mut::<4>();
    for (keys, out) in fours.iter().zip(outs) {
        let shortest = keys.iter().map(|key| key.len()).min().unwrap_or(0);
        let [a, b, c, d] = keys.map(|key| key.split_at(shortest));
        let mut hashes = [fnv::OFFSET_64; 4];
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
        *out = fnv::fnv1a_64_plain(key);
    }
}

/// Hashes the next keys, as many as there are lanes or left, and says how many.
#[cfg(target_arch = "x86_64")]
#[inline]
fn group<const GROUPS: usize>(
    rule: Rule,
    keys: &[&[u8]],
    out: &mut [u64],
    hash: impl Fn(&[[&[u8]; WIDTH]; GROUPS], &mut [[u64; WIDTH]; GROUPS]),
) -> usize {
    let count = keys.len().min(GROUPS * WIDTH);
    let (keys, out) = (&keys[..count], &mut out[..count]);
    // Stands in for keys that are too long or missing: an empty one would be the
    // shortest of all, and every step would look for ends.
    let filler = keys.iter().find(|key| key.len() <= LONGEST).copied().unwrap_or_default();
    let mut lanes = [[filler; WIDTH]; GROUPS];
    for (lane, key) in lanes.as_flattened_mut().iter_mut().zip(keys) {
        if key.len() <= LONGEST {
            *lane = key;
        }
    }
    let mut hashes = [[0; WIDTH]; GROUPS];
    hash(&lanes, &mut hashes);
    out.copy_from_slice(&hashes.as_flattened()[..count]);
    for (key, out) in keys.iter().zip(out) {
        if key.len() > LONGEST {
            *out = rule.hash(key);
        }
    }
    count
}
