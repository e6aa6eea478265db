//! Hashes that take a key byte by byte or word by word, in batches. The hash of a
//! key is a chain of which each link waits for the one before; lanes forge many
//! chains at once.

#[cfg(target_arch = "x86_64")]
use super::{avx2, avx2_words, avx512, avx512_words, group::hash_in_lanes};
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

/// Longer keys are hashed alone.
#[cfg(target_arch = "x86_64")]
const LONGEST: usize = 128;

/// The hashes of many keys; both slices are of one length.
pub(crate) fn hash_all(level: Level, rule: Rule, keys: &[&[u8]], out: &mut [u32]) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(proof) => hash_in_lanes::<{ avx2::WIDTH }, u32>(
            LONGEST,
            keys,
            out,
            |key| rule.hash(key),
            |group, out| avx2_words::hash(proof, rule, group, out),
            |group, out| avx2_words::hash(proof, rule, group, out),
        ),
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(proof) => hash_in_lanes::<{ avx512::WIDTH }, u32>(
            LONGEST,
            keys,
            out,
            |key| rule.hash(key),
            |group, out| avx512_words::hash(proof, rule, group, out),
            |group, out| avx512_words::hash(proof, rule, group, out),
        ),
        _ => portable_words::hash_all(rule, keys, out),
    }
}
