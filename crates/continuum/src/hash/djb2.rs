//! djb2: Dan Bernstein, comp.lang.c, about 1990; HAProxy's `djb2`.
//!
//! The adding form, from 5381; bytes are unsigned.

use super::sum::sum;

pub(crate) const START: u32 = 5381;
pub(crate) const FACTOR: u32 = 33;

/// h * 33 + byte over the key, modulo 2^32.
#[inline]
pub(crate) fn djb2(key: &[u8]) -> u32 {
    sum(key, START, FACTOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(djb2(b""), 5381);
        assert_eq!(djb2(b"a"), 177_670);
    }
}
