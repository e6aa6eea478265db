//! sdbm: Ozan Yigit's database library, 1990; HAProxy's default.
//!
//! Bytes are unsigned.

use super::sum::sum;

pub(crate) const FACTOR: u32 = 65_599;

/// h * 65599 + byte over the key, modulo 2^32.
#[inline]
pub(crate) fn sdbm(key: &[u8]) -> u32 {
    sum(key, 0, FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(sdbm(b""), 0);
        assert_eq!(sdbm(b"\xff"), 255);
        assert_eq!(sdbm(b"\x01\x02"), 65_601);
    }
}
