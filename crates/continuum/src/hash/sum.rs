//! Sums with powers of a factor: what sdbm, djb2 and Java's hash of text are.

/// hash * factor + byte over the key, modulo 2^32; bytes are unsigned.
#[inline]
pub(crate) fn sum(key: &[u8], start: u32, factor: u32) -> u32 {
    key.iter().fold(start, |hash, &byte| hash.wrapping_mul(factor).wrapping_add(u32::from(byte)))
}
