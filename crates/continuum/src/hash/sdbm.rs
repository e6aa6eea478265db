//! sdbm: Ozan Yigit's database library, 1990; HAProxy's default.
//!
//! Bytes are unsigned.

/// h * 65599 + byte over the key, modulo 2^32.
#[inline]
pub(crate) fn sdbm(key: &[u8]) -> u32 {
    key.iter().fold(0, |hash: u32, &byte| hash.wrapping_mul(65_599).wrapping_add(u32::from(byte)))
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
