//! What a hash does with each byte or word of a key.

use crate::hash::word::len32;
use crate::hash::{fnv, murmur2, murmur3, one_at_a_time, sum};

/// Where a murmur starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lanes) enum Seed {
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
pub(in crate::lanes) enum Rule {
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
    pub(in crate::lanes) fn hash(self, key: &[u8]) -> u32 {
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
