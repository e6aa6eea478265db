//! MurmurHash3: Austin Appleby, 2011.
//!
//! `x86_32` is the 32-bit one. libmemcached 1.1 seeds it with 0xdeadbeef times the
//! length, modulo 2^32. Ray Serve and ClickHouse take the 128-bit x64 one. Cassandra's partitioner takes the first half of the 128-bit
//! x64 one, and its Java reads the bytes of an incomplete last block as **signed**:
//! one of 0x80 or more floods the bytes above it, and the token is not the
//! standard's.

use super::murmur2::MEMCACHED_SEED;
use super::word::{end32, len32, signed64, tail64};

/// MurmurHash3_x86_32.
#[inline]
pub(crate) fn x86_32(key: &[u8], seed: u32) -> u32 {
    let scramble =
        |word: u32| word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let mut hash = seed;
    let (words, _) = key.as_chunks::<4>();
    for word in words {
        hash ^= scramble(u32::from_le_bytes(*word));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    hash ^= scramble(end32(key));
    hash ^= len32(key);
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// `murmur3` of libmemcached.
#[inline]
pub(crate) fn memcached(key: &[u8]) -> u32 {
    x86_32(key, MEMCACHED_SEED.wrapping_mul(len32(key)))
}

/// MurmurHash3_x64_128, the first half first.
pub(crate) fn x64_128(key: &[u8], seed: u32) -> [u64; 2] {
    x64(key, seed.into(), tail64)
}

/// `Murmur3Partitioner`'s token, before the server maps the least one away.
pub(crate) fn cassandra_token(key: &[u8]) -> i64 {
    x64(key, 0, signed_tail)[0].cast_signed()
}

/// The 128-bit x64 one; `tail` reads the words of an incomplete last block.
#[inline]
fn x64(key: &[u8], seed: u64, tail: impl Fn(&[u8]) -> u64) -> [u64; 2] {
    let scramble1 = |word: u64| {
        word.wrapping_mul(0x87c3_7b91_1142_53d5).rotate_left(31).wrapping_mul(0x4cf5_ad43_2745_937f)
    };
    let scramble2 = |word: u64| {
        word.wrapping_mul(0x4cf5_ad43_2745_937f).rotate_left(33).wrapping_mul(0x87c3_7b91_1142_53d5)
    };
    let finish = |mut hash: u64| {
        hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ hash >> 33
    };
    let (mut first, mut second) = (seed, seed);
    let (words, rest) = key.as_chunks::<8>();
    let (pairs, odd) = words.as_chunks::<2>();
    for [one, two] in pairs {
        first ^= scramble1(u64::from_le_bytes(*one));
        first = first.rotate_left(27).wrapping_add(second);
        first = first.wrapping_mul(5).wrapping_add(0x52dc_e729);
        second ^= scramble2(u64::from_le_bytes(*two));
        second = second.rotate_left(31).wrapping_add(first);
        second = second.wrapping_mul(5).wrapping_add(0x3849_5ab5);
    }
    // An empty part scrambles to 0, so neither needs a test.
    match odd {
        [one] => {
            second ^= scramble2(tail(rest));
            first ^= scramble1(tail(one));
        }
        _ => first ^= scramble1(tail(rest)),
    }
    let length = key.len() as u64;
    first ^= length;
    second ^= length;
    first = first.wrapping_add(second);
    second = second.wrapping_add(first);
    let (first, second) = (finish(first), finish(second));
    let first = first.wrapping_add(second);
    [first, second.wrapping_add(first)]
}

/// Up to eight bytes, the first lowest, each widened with its sign.
fn signed_tail(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 ^ signed64(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published() {
        assert_eq!(x86_32(b"", 0), 0);
        assert_eq!(x86_32(b"", 1), 0x514e_28b7);
        assert_eq!(x86_32(b"", 0xffff_ffff), 0x81f1_6f39);
        assert_eq!(x86_32(b"\0\0\0\0", 0), 0x2362_f9de);
        assert_eq!(x86_32(b"aaaa", 0x9747_b28c), 0x5a97_808a);
        assert_eq!(x86_32(b"Hello, world!", 0x9747_b28c), 0x2488_4cba);
    }

    /// From the tests of DataStax's drivers.
    #[test]
    fn cassandras_own() {
        assert_eq!(cassandra_token(b"123"), -7_468_325_962_851_647_638);
        assert_eq!(cassandra_token(&b"\x00\xff\x10\xfa\x99".repeat(10)), 5_837_342_703_291_459_765);
        assert_eq!(cassandra_token(&[0xfe; 8]), -8_927_430_733_708_461_935);
        assert_eq!(cassandra_token(&[0x10; 8]), 1_446_172_840_243_228_796);
        assert_eq!(cassandra_token(b"9223372036854775807"), 7_162_290_910_810_015_547);
    }

    /// mmh3 5.3's `hash64`: byte n of a key is 7n + 3 modulo 256.
    #[test]
    fn both_halves() {
        for (length, seed, first, second) in BOTH {
            let key: Vec<u8> = (0..*length).map(|n: u32| (n * 7 + 3).to_le_bytes()[0]).collect();
            assert_eq!(x64_128(&key, *seed), [*first, *second], "{length}");
        }
    }

    const BOTH: &[(u32, u32, u64, u64)] = &[
        (0, 0, 0x0000000000000000, 0x0000000000000000),
        (1, 0, 0x726ac6dd306a3e59, 0x4e711127c5b5a8e4),
        (7, 0, 0xbecbbf54236ce3a1, 0x2b3ba492e39cef50),
        (8, 0, 0xa5ee2a9a9132d3bd, 0x259e7f3a617e003a),
        (9, 0, 0x51ba2ea10afadbb6, 0x1f8153c3131e0496),
        (15, 0, 0xba6a4b5e80ade4f4, 0xe00e5a8ff7e8f26d),
        (16, 0, 0xc4b099c52f8f4ea1, 0x7d670219d92afe48),
        (17, 0, 0xd4ae4b39fe53b127, 0x6602453b6681dbe9),
        (31, 0, 0x9d91fedff00436fb, 0x7ea851ba737ebfd0),
        (40, 0, 0x673bff07bd120303, 0xf0656121415a2357),
        (3, 0xf9b4ca77, 0xea7b267136bc6789, 0x0109f315e8c4c9fd),
        (20, 0xf9b4ca77, 0x06c597e644100e5d, 0xad5506645767f619),
        (40, 0xf9b4ca77, 0x732af6586d1cd315, 0x6a01ed09fccae162),
    ];
}
