//! FNV as spymemcached 2.12.3 runs it: `DefaultHashAlgorithm`.
//!
//! The "bytes" are the `char`s of a Java string, so UTF-16 code units, and beyond
//! ASCII no other program agrees. All four run in a `long` and are cut to 32 bits;
//! the two named 32 start from the 32-bit offset and use the 32-bit prime. No step
//! carries a high bit down, so all run here in 32 bits.

use super::utf16;

const OFFSET_32: u32 = 0x811c_9dc5;
const PRIME_32: u32 = 0x0100_0193;
/// 0xcbf29ce484222325 modulo 2^32.
const OFFSET_64: u32 = 0x8422_2325;
/// 0x100000001b3 modulo 2^32.
const PRIME_64: u32 = 0x1b3;

#[inline]
fn fnv1(key: &[u8], offset: u32, prime: u32) -> u32 {
    utf16::fold(key, offset, |hash, unit| hash.wrapping_mul(prime) ^ u32::from(unit))
}

#[inline]
fn fnv1a(key: &[u8], offset: u32, prime: u32) -> u32 {
    utf16::fold(key, offset, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(prime))
}

/// `FNV1_64_HASH`.
pub(crate) fn fnv1_64(key: &[u8]) -> u32 {
    fnv1(key, OFFSET_64, PRIME_64)
}

/// `FNV1A_64_HASH`.
pub(crate) fn fnv1a_64(key: &[u8]) -> u32 {
    fnv1a(key, OFFSET_64, PRIME_64)
}

/// `FNV1_32_HASH`.
pub(crate) fn fnv1_32(key: &[u8]) -> u32 {
    fnv1(key, OFFSET_32, PRIME_32)
}

/// `FNV1A_32_HASH`.
pub(crate) fn fnv1a_32(key: &[u8]) -> u32 {
    fnv1a(key, OFFSET_32, PRIME_32)
}

#[cfg(test)]
mod tests {
    use super::super::fnv;
    use super::*;

    #[test]
    fn ascii_is_every_programs_fnv() {
        let key = b"foobar";
        assert_eq!(fnv1_64(key), fnv::fnv1_64(key));
        assert_eq!(fnv1a_64(key), fnv::fnv1a_64(key));
        assert_eq!(fnv1_32(key), fnv::fnv1_32(key));
        assert_eq!(fnv1a_32(key), fnv::fnv1a_32(key));
    }
}
