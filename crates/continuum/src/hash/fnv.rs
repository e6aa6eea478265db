//! FNV: Fowler, Noll and Vo, 1991; the four of libmemcached 1.1 and twemproxy 0.5,
//! and the two of Go's `hash/fnv`.
//!
//! The C programs read bytes through `char`, so on x86-64 one of 0x80 or more
//! enters sign-extended, and they return 32 bits of their 64-bit hashes:
//! `fnv1_64` runs in 64 bits and is cut at the end, `fnv1a_64` keeps its state in
//! a `uint32_t` throughout. No step carries a high bit down, so both are the
//! 64-bit hash modulo 2^32 and run here in 32 bits. Go's bytes are unsigned.

use super::word::{low32, signed32};

pub(crate) const OFFSET_32: u32 = 0x811c_9dc5;
pub(crate) const PRIME_32: u32 = 0x0100_0193;
pub(crate) const OFFSET_64: u64 = 0xcbf2_9ce4_8422_2325;
pub(crate) const PRIME_64: u64 = 0x0100_0000_01b3;

/// FNV-1 over signed bytes.
#[inline]
pub(crate) fn fnv1(key: &[u8], offset: u32, prime: u32) -> u32 {
    key.iter().fold(offset, |hash, &byte| hash.wrapping_mul(prime) ^ signed32(byte))
}

/// FNV-1a over signed bytes.
#[inline]
pub(crate) fn fnv1a(key: &[u8], offset: u32, prime: u32) -> u32 {
    key.iter().fold(offset, |hash, &byte| (hash ^ signed32(byte)).wrapping_mul(prime))
}

/// FNV-1a over unsigned bytes.
#[inline]
pub(crate) fn fnv1a_unsigned(key: &[u8], offset: u32, prime: u32) -> u32 {
    key.iter().fold(offset, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(prime))
}

/// The C programs' `fnv1_64`.
#[inline]
pub(crate) fn fnv1_64(key: &[u8]) -> u32 {
    fnv1(key, low32(OFFSET_64), low32(PRIME_64))
}

/// The C programs' `fnv1a_64`: twemproxy's default.
#[inline]
pub(crate) fn fnv1a_64(key: &[u8]) -> u32 {
    fnv1a(key, low32(OFFSET_64), low32(PRIME_64))
}

/// The C programs' `fnv1_32`.
#[inline]
pub(crate) fn fnv1_32(key: &[u8]) -> u32 {
    fnv1(key, OFFSET_32, PRIME_32)
}

/// The C programs' `fnv1a_32`.
#[inline]
pub(crate) fn fnv1a_32(key: &[u8]) -> u32 {
    fnv1a(key, OFFSET_32, PRIME_32)
}

/// FNV-1a of 32 bits as its authors and Go define it.
#[inline]
pub(crate) fn fnv1a_32_plain(key: &[u8]) -> u32 {
    fnv1a_unsigned(key, OFFSET_32, PRIME_32)
}

/// FNV-1a of 64 bits as its authors and Go define it.
#[inline]
pub(crate) fn fnv1a_64_plain(key: &[u8]) -> u64 {
    key.iter().fold(OFFSET_64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME_64))
}

/// FNV-1 of 32 bits as its authors and PHP define it.
pub(crate) fn fnv1_32_plain(key: &[u8]) -> u32 {
    key.iter().fold(OFFSET_32, |hash, &byte| hash.wrapping_mul(PRIME_32) ^ u32::from(byte))
}

/// FNV-1 of 64 bits as its authors and PHP define it.
pub(crate) fn fnv1_64_plain(key: &[u8]) -> u64 {
    key.iter().fold(OFFSET_64, |hash, &byte| hash.wrapping_mul(PRIME_64) ^ u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the authors' test suite; below 0x80 the C programs agree with it.
    #[test]
    fn published() {
        assert_eq!(fnv1a_32_plain(b"foobar"), 0xbf9c_f968);
        assert_eq!(fnv1a_64_plain(b"foobar"), 0x8594_4171_f739_67e8);
        assert_eq!(fnv1a_32(b"foobar"), 0xbf9c_f968);
        assert_eq!(fnv1a_64(b"foobar"), 0xf739_67e8);
        assert_eq!(fnv1_32(b"foobar"), 0x31f0_b262);
        assert_eq!(fnv1_32_plain(b"foobar"), 0x31f0_b262);
        assert_eq!(fnv1_64_plain(b"foobar"), 0x340d_8765_a4dd_a9c2);
        assert_eq!(fnv1_64(b"a"), 0x8601_b7be);
        assert_eq!(fnv1a_64_plain(b""), OFFSET_64);
    }

    #[test]
    fn high_bytes_are_negative_in_c_only() {
        assert_ne!(fnv1a_32(b"\xff"), fnv1a_32_plain(b"\xff"));
    }
}
