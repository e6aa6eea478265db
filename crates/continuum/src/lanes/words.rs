//! Hashes that take a key byte by byte or word by word, in batches. The hash of a
//! key is a chain of which each link waits for the one before; lanes forge many
//! chains at once.

#[cfg(target_arch = "x86_64")]
use super::{avx2, avx2_words, avx512, avx512_words};
use super::{level::Level, portable_words};
use crate::hash::word::len32;
use crate::hash::{fnv, murmur2, murmur3, one_at_a_time, sum};

/// Where a murmur starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seed {
    Fixed(u32),
    /// This times the key's length, modulo 2^32.
    TimesLength(u32),
}

impl Seed {
    #[inline]
    fn of(self, key: &[u8]) -> u32 {
        match self {
            Self::Fixed(seed) => seed,
            Self::TimesLength(factor) => factor.wrapping_mul(len32(key)),
        }
    }
}

/// A hash of 32 bits. Where a byte is signed, one of 0x80 or more enters
/// sign-extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Product, then the signed byte.
    Fnv1 {
        start: u32,
        prime: u32,
    },
    /// The signed byte, then product.
    Fnv1a {
        start: u32,
        prime: u32,
    },
    /// The unsigned byte, then product.
    Fnv1aPlain {
        start: u32,
        prime: u32,
    },
    /// Product plus the unsigned byte: sdbm, djb2, Java's.
    Sum {
        start: u32,
        factor: u32,
    },
    OneAtATime,
    Murmur2(Seed),
    Murmur3(Seed),
}

impl Rule {
    /// The portable truth.
    #[inline]
    pub(crate) fn hash(self, key: &[u8]) -> u32 {
        match self {
            Self::Fnv1 { start, prime } => fnv::fnv1(key, start, prime),
            Self::Fnv1a { start, prime } => fnv::fnv1a(key, start, prime),
            Self::Fnv1aPlain { start, prime } => fnv::fnv1a_unsigned(key, start, prime),
            Self::Sum { start, factor } => sum::sum(key, start, factor),
            Self::OneAtATime => one_at_a_time::one_at_a_time(key),
            Self::Murmur2(seed) => murmur2::murmur2(key, seed.of(key)),
            Self::Murmur3(seed) => murmur3::x86_32(key, seed.of(key)),
        }
    }
}

/// Longer keys are hashed alone: the other lanes would run empty for too long.
const LONGEST: usize = 128;

/// Up to this many keys are hashed one by one: a vector would be mostly empty.
const FEW: usize = 2;

/// The hashes of many keys; both slices are of one length.
pub(crate) fn hash_all(level: Level, rule: Rule, keys: &[&[u8]], out: &mut [u32]) {
    let mut from = 0;
    // The rest that fills more than one vector goes as three, of which some
    // lanes run empty: three cost little more than one.
    while from + FEW < keys.len() {
        let (keys, out) = (&keys[from..], &mut out[from..]);
        from += match level {
            Level::Portable => {
                portable_words::hash_all(rule, keys, out);
                keys.len()
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(proof) if keys.len() > avx2::WIDTH => {
                group::<3, { avx2::WIDTH }>(rule, keys, out, |keys, out| {
                    avx2_words::hash(proof, rule, keys, out);
                })
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(proof) => group::<1, { avx2::WIDTH }>(rule, keys, out, |keys, out| {
                avx2_words::hash(proof, rule, keys, out);
            }),
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(proof) if keys.len() > avx512::WIDTH => {
                group::<3, { avx512::WIDTH }>(rule, keys, out, |keys, out| {
                    avx512_words::hash(proof, rule, keys, out);
                })
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(proof) => group::<1, { avx512::WIDTH }>(rule, keys, out, |keys, out| {
                avx512_words::hash(proof, rule, keys, out);
            }),
        };
    }
    for (key, out) in keys.iter().zip(out).skip(from) {
        *out = rule.hash(key);
    }
}

/// Hashes the next keys, as many as there are lanes or left, and says how many.
#[cfg(target_arch = "x86_64")]
#[inline]
fn group<const GROUPS: usize, const WIDTH: usize>(
    rule: Rule,
    keys: &[&[u8]],
    out: &mut [u32],
    hash: impl Fn(&[[&[u8]; WIDTH]; GROUPS], &mut [[u32; WIDTH]; GROUPS]),
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
