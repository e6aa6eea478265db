//! MurmurHash2 and MurmurHash64A: Austin Appleby, 2008.
//!
//! libmemcached 1.1 and twemproxy 0.5 make the seed 0xdeadbeef times the length,
//! modulo 2^32. Kafka's seed is 0x9747b28c. Words are little-endian here as in
//! every program that is copied, whatever the CPU.

use super::word::{end32, end64, len32};

/// Times the length.
pub(crate) const MEMCACHED_SEED: u32 = 0xdead_beef;
pub(crate) const KAFKA_SEED: u32 = 0x9747_b28c;

/// MurmurHash2, 32 bits.
#[inline]
pub(crate) fn murmur2(key: &[u8], seed: u32) -> u32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = seed ^ len32(key);
    let (words, tail) = key.as_chunks::<4>();
    for word in words {
        let word = u32::from_le_bytes(*word).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ (word ^ word >> 24).wrapping_mul(M);
    }
    if !tail.is_empty() {
        hash = (hash ^ end32(key)).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 13).wrapping_mul(M);
    hash ^ hash >> 15
}

/// `murmur` of libmemcached and twemproxy.
#[inline]
pub(crate) fn memcached(key: &[u8]) -> u32 {
    murmur2(key, MEMCACHED_SEED.wrapping_mul(len32(key)))
}

/// `Utils.murmur2` of Kafka, before the partitioner clears the sign.
#[inline]
pub(crate) fn kafka(key: &[u8]) -> u32 {
    murmur2(key, KAFKA_SEED)
}

/// MurmurHash64A, 64 bits: mcrouter, and Envoy's `MURMUR_HASH_2`.
#[inline]
pub(crate) fn murmur64a(key: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mut hash = seed ^ (key.len() as u64).wrapping_mul(M);
    let (words, tail) = key.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word).wrapping_mul(M);
        hash = (hash ^ (word ^ word >> 47).wrapping_mul(M)).wrapping_mul(M);
    }
    if !tail.is_empty() {
        hash = (hash ^ end64(key)).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 47).wrapping_mul(M);
    hash ^ hash >> 47
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The six of Kafka's own `UtilsTest`.
    #[test]
    fn kafkas_own() {
        for (key, want) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(kafka(key.as_bytes()).cast_signed(), want, "{key}");
        }
    }
}
