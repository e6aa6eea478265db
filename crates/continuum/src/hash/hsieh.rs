//! SuperFastHash: Paul Hsieh, 2004, as libhashkit and twemproxy 0.5 carry it.
//!
//! The last byte of a three-byte tail is read through `char`, signed on x86-64;
//! that of a one-byte tail is not. The empty key hashes to 0.

use super::word::signed32;

/// The hash, with that one signed byte.
#[inline]
pub(crate) fn hsieh(key: &[u8]) -> u32 {
    if key.is_empty() {
        return 0;
    }
    let half = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]));
    let mut hash = 0u32;
    let (fours, tail) = key.as_chunks::<4>();
    for &[a, b, c, d] in fours {
        hash = hash.wrapping_add(half(a, b));
        hash = hash << 16 ^ (half(c, d) << 11 ^ hash);
        hash = hash.wrapping_add(hash >> 11);
    }
    match *tail {
        [a, b, c] => {
            hash = hash.wrapping_add(half(a, b));
            hash ^= hash << 16;
            hash ^= signed32(c) << 18;
            hash = hash.wrapping_add(hash >> 11);
        }
        [a, b] => {
            hash = hash.wrapping_add(half(a, b));
            hash ^= hash << 11;
            hash = hash.wrapping_add(hash >> 17);
        }
        [a] => {
            hash = hash.wrapping_add(u32::from(a));
            hash ^= hash << 10;
            hash = hash.wrapping_add(hash >> 1);
        }
        _ => {}
    }
    hash ^= hash << 3;
    hash = hash.wrapping_add(hash >> 5);
    hash ^= hash << 4;
    hash = hash.wrapping_add(hash >> 17);
    hash ^= hash << 25;
    hash.wrapping_add(hash >> 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_key_is_zero() {
        assert_eq!(hsieh(b""), 0);
    }
}
