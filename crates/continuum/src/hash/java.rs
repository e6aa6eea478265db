//! `java.lang.String.hashCode`: spymemcached's `NATIVE_HASH`.
//!
//! Over UTF-16 code units, and read as unsigned where Java has an `int`. Short
//! keys reach few of the 2^32 values: six ASCII letters never go round.

use super::utf16;

pub(crate) const FACTOR: u32 = 31;

/// The sum of unit * 31^(units after it), modulo 2^32.
pub(crate) fn native(key: &[u8]) -> u32 {
    utf16::fold(key, 0, |hash: u32, unit| hash.wrapping_mul(FACTOR).wrapping_add(u32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published() {
        assert_eq!(native(b""), 0);
        assert_eq!(native(b"hello"), 99_162_322);
        assert_eq!(native(b"Aa"), native(b"BB"));
        assert_eq!(native(b"polygenelubricants"), i32::MIN.cast_unsigned());
    }
}
