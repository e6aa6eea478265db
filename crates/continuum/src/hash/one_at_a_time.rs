//! One-at-a-time: Bob Jenkins, Dr. Dobb's Journal, September 1997, as libmemcached
//! (its default), libhashkit and twemproxy 0.5 run it.
//!
//! They read bytes through `char`: on x86-64 one of 0x80 or more is added as a
//! negative number. Jenkins adds it as a positive one.

use super::word::signed32;

/// The hash, with signed bytes.
#[inline]
pub(crate) fn one_at_a_time(key: &[u8]) -> u32 {
    finish(key.iter().fold(0, |hash, &byte| step(hash, byte)))
}

/// From a byte to the next.
#[inline]
pub(crate) fn step(hash: u32, byte: u8) -> u32 {
    let hash = hash.wrapping_add(signed32(byte));
    let hash = hash.wrapping_add(hash << 10);
    hash ^ hash >> 6
}

/// Behind the last byte.
#[inline]
pub(crate) fn finish(mut hash: u32) -> u32 {
    hash = hash.wrapping_add(hash << 3);
    hash ^= hash >> 11;
    hash.wrapping_add(hash << 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published() {
        assert_eq!(one_at_a_time(b""), 0);
        assert_eq!(one_at_a_time(b"a"), 0xca2e_9442);
        assert_eq!(one_at_a_time(b"The quick brown fox jumps over the lazy dog"), 0x519e_91f5);
    }
}
