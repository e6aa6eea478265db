//! Bytes to words and words to narrower words, each in the one way that is the
//! same on every CPU.

/// The low 32 bits.
#[inline]
pub(crate) const fn low32(x: u64) -> u32 {
    (x & 0xffff_ffff) as u32
}

/// The high 32 bits.
#[inline]
pub(crate) const fn high32(x: u64) -> u32 {
    (x >> 32) as u32
}

/// The low 16 bits.
#[inline]
pub(crate) const fn low16(x: u32) -> u16 {
    (x & 0xffff) as u16
}

/// The low 8 bits.
#[inline]
pub(crate) const fn low8(x: u32) -> u8 {
    (x & 0xff) as u8
}

/// A key's length as a 32-bit C program holds it: modulo 2^32.
#[inline]
pub(crate) const fn len32(key: &[u8]) -> u32 {
    low32(key.len() as u64)
}

/// A byte as C widens it to 32 bits from a signed `char`.
#[inline]
pub(crate) fn signed32(byte: u8) -> u32 {
    i32::from(byte.cast_signed()).cast_unsigned()
}

/// A byte as C, or Java, widens it to 64 bits from a signed type.
#[inline]
pub(crate) fn signed64(byte: u8) -> u64 {
    i64::from(byte.cast_signed()).cast_unsigned()
}

/// Up to four bytes, the first lowest, zeros above.
#[inline]
pub(crate) fn tail32(bytes: &[u8]) -> u32 {
    debug_assert!(bytes.len() <= 4);
    match bytes.first_chunk() {
        Some(word) => u32::from_le_bytes(*word),
        None => low32(few(bytes)),
    }
}

/// Up to eight bytes, the first lowest, zeros above.
#[inline]
pub(crate) fn tail64(bytes: &[u8]) -> u64 {
    debug_assert!(bytes.len() <= 8);
    if let Some(word) = bytes.first_chunk() {
        return u64::from_le_bytes(*word);
    }
    // Two words that overlap, where there are four bytes.
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(head), Some(tail)) => {
            let tail = u64::from(u32::from_le_bytes(*tail));
            u64::from(u32::from_le_bytes(*head)) | tail << ((len32(bytes) - 4) * 8)
        }
        _ => few(bytes),
    }
}

/// Up to three bytes, the first lowest: the first, the middle one and the last,
/// which may be the same.
#[inline]
fn few(bytes: &[u8]) -> u64 {
    let [Some(first), Some(last)] = [bytes.first(), bytes.last()] else { return 0 };
    let middle = len32(bytes) / 2;
    u64::from(*first)
        | u64::from(bytes[middle as usize]) << (8 * middle)
        | u64::from(*last) << (8 * (len32(bytes) - 1))
}

/// The bytes of a key behind its last whole word of four, the first lowest, zeros
/// above.
#[inline]
pub(crate) fn end32(key: &[u8]) -> u32 {
    match key.last_chunk() {
        // No loop over them, whose end would not be foreseen.
        Some(last) => u32::from_le_bytes(*last).checked_shr((4 - len32(key) % 4) * 8).unwrap_or(0),
        None => tail32(key),
    }
}

/// The same of words of eight.
#[inline]
pub(crate) fn end64(key: &[u8]) -> u64 {
    match key.last_chunk() {
        Some(last) => u64::from_le_bytes(*last).checked_shr((8 - len32(key) % 8) * 8).unwrap_or(0),
        None => tail64(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_keeps_the_low_bits() {
        assert_eq!(low32(0x0123_4567_89ab_cdef), 0x89ab_cdef);
        assert_eq!(low16(0x89ab_cdef), 0xcdef);
        assert_eq!(low8(0x89ab_cdef), 0xef);
        assert_eq!(len32(b"four"), 4);
    }

    #[test]
    fn widening_keeps_the_sign() {
        assert_eq!((signed32(0x7f), signed32(0x80)), (0x7f, 0xffff_ff80));
        assert_eq!((signed64(0x7f), signed64(0xff)), (0x7f, u64::MAX));
    }

    #[test]
    fn the_first_byte_is_the_lowest() {
        assert_eq!((tail32(b""), tail64(b"")), (0, 0));
        assert_eq!(tail32(&[1, 2, 0xff]), 0x00ff_0201);
        assert_eq!(tail64(&[1, 2, 3, 4, 5, 6, 7, 8]), 0x0807_0605_0403_0201);
    }

    #[test]
    fn tails_and_ends_of_every_length() {
        let bytes: Vec<u8> = (0x81..=0xb8).collect();
        let fold = |bytes: &[u8]| {
            bytes.iter().rev().fold(0_u64, |word, &byte| word << 8 | u64::from(byte))
        };
        for len in 0..=bytes.len() {
            let key = &bytes[..len];
            if len <= 4 {
                assert_eq!(u64::from(tail32(key)), fold(key));
            }
            if len <= 8 {
                assert_eq!(tail64(key), fold(key));
            }
            assert_eq!(u64::from(end32(key)), fold(&key[len / 4 * 4..]));
            assert_eq!(end64(key), fold(&key[len / 8 * 8..]));
        }
    }
}
