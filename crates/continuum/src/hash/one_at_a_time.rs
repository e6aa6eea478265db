//! One-at-a-time: Bob Jenkins, Dr. Dobb's Journal, September 1997, as libmemcached
//! (its default), libhashkit and twemproxy 0.5 run it.
//!
//! They read bytes through `char`: on x86-64 one of 0x80 or more is added as a
//! negative number. Jenkins adds it as a positive one.

use super::word::signed32;

/// By byte: 1025 times it, read as signed.
static TIMES_1025: [u32; 256] = {
    let mut times = [0_u32; 256];
    let mut byte: u8 = 0;
    loop {
        times[byte as usize] = (byte.cast_signed() as i32).cast_unsigned().wrapping_mul(1025);
        if byte == u8::MAX {
            break times;
        }
        byte += 1;
    }
};

#[inline]
fn times_1025(byte: u8) -> u32 {
    TIMES_1025[usize::from(byte)]
}

/// The hash, with signed bytes.
///
/// Sixteen bytes at once, or else eight, know that they begin with a hash of 0.
#[inline]
pub(crate) fn one_at_a_time(key: &[u8]) -> u32 {
    let (mut hash, mut rest) = match (key.split_first_chunk::<16>(), key.split_first_chunk()) {
        (Some((head, rest)), _) => {
            let [first, second] = head.as_chunks().0 else {
                unreachable!("sixteen are two eights")
            };
            (eight(eight(0, *first), *second), rest)
        }
        (None, Some((word, rest))) => (eight(0, *word), rest),
        (None, None) => (0, key),
    };
    while let Some((word, behind)) = rest.split_first_chunk() {
        hash = eight(hash, *word);
        rest = behind;
    }
    if let Some((word, behind)) = rest.split_first_chunk() {
        hash = four(hash, *word);
        rest = behind;
    }
    finish(rest.iter().fold(hash, |hash, byte| next(hash, times_1025(*byte))))
}

/// From a word of eight bytes to the next.
///
/// Each step waits for the one before: what it adds should be there, and be added
/// first. Compilers add last what is read last, so that is the first byte's.
#[inline]
fn eight(hash: u32, [a, b, c, d, e, f, g, h]: [u8; 8]) -> u32 {
    let h = times_1025(h);
    let g = times_1025(g);
    let f = times_1025(f);
    let e = times_1025(e);
    let d = times_1025(d);
    let c = times_1025(c);
    let b = times_1025(b);
    let a = times_1025(a);
    let hash = next(next(next(next(hash, a), b), c), d);
    next(next(next(next(hash, e), f), g), h)
}

/// The same of four.
#[inline]
fn four(hash: u32, [a, b, c, d]: [u8; 4]) -> u32 {
    let d = times_1025(d);
    let c = times_1025(c);
    let b = times_1025(b);
    let a = times_1025(a);
    next(next(next(next(hash, a), b), c), d)
}

/// From a byte to the next, given 1025 times the byte:
/// (hash + byte) · 1025 = hash + 1025 · byte + (hash << 10).
#[inline]
fn next(hash: u32, times_1025: u32) -> u32 {
    let hash = hash.wrapping_add(times_1025).wrapping_add(hash << 10);
    hash ^ hash >> 6
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
        assert_eq!(one_at_a_time(b"hello world"), 0x3e4a_5a57);
        assert_eq!(one_at_a_time(b"The quick brown fox jumps over the lazy dog"), 0x519e_91f5);
    }
    /// Jenkins' loop, a byte a turn.
    #[test]
    fn every_length_equals_a_byte_at_a_time() {
        let noise: Vec<u8> = (0_u64..300)
            .map(|at| crate::hash::splitmix64::splitmix64(at).to_le_bytes()[0])
            .collect();
        for from in 0..16 {
            for to in from..=noise.len() {
                let key = &noise[from..to];
                let plain = finish(key.iter().fold(0, |hash, byte| step(hash, *byte)));
                assert_eq!(one_at_a_time(key), plain, "{from}..{to}");
            }
        }
    }
}
