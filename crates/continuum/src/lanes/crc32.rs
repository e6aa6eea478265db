//! CRC-32 in batches, by polynomial multiplication where the CPU has it.
//!
//! A message is a polynomial over one bit, its first bit the highest power; its CRC
//! is the remainder by a polynomial of degree 32, the message's first 32 bits having
//! been complemented. Blocks of 128 bits fold into the last of them: what stands
//! some distance further up counts as its product with the remainder of x to that
//! distance (Gopal et al., "Fast CRC Computation for Generic Polynomials Using
//! PCLMULQDQ", Intel, 2009).

#[cfg(target_arch = "x86_64")]
mod clmul;
#[cfg(target_arch = "x86_64")]
mod clmul512;

use super::level::Level;
#[cfg(target_arch = "x86_64")]
use super::level::{Clmul, Clmul512};
use crate::hash::crc32;

/// From this length on, polynomial products are faster than tables: keys of many
/// lengths end loops over bytes where no CPU foresees it.
#[cfg(target_arch = "x86_64")]
const LONG: usize = 9;

/// The CRC of a whole key.
#[inline]
pub(crate) fn crc32(key: &[u8]) -> u32 {
    update(0, key)
}

/// [`crc32::memcached`].
#[inline]
pub(crate) fn memcached(key: &[u8]) -> u32 {
    crc32::cut(crc32(key))
}

/// [`crc32::update`].
#[inline]
pub(crate) fn update(before: u32, key: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if key.len() >= LONG
        && let Some(proof) = Clmul::new()
    {
        return clmul::update(proof, before, key);
    }
    crc32::update(before, key)
}

/// The CRCs of what `before` is the CRC of, followed by each of the keys; both
/// slices are of one length.
#[inline]
pub(crate) fn update_all(before: u32, keys: &[&[u8]], out: &mut [u32]) {
    update_all_at(Level::best(), before, keys, out);
}

/// The same by the kernels of one level.
pub(super) fn update_all_at(level: Level, before: u32, keys: &[&[u8]], out: &mut [u32]) {
    #[cfg(target_arch = "x86_64")]
    {
        if let Level::Avx512(proof) = level
            && let Some(proof) = Clmul512::new(proof)
        {
            return clmul512::update_all(proof, before, keys, out);
        }
        if level != Level::Portable
            && let Some(proof) = Clmul::new()
        {
            return clmul::update_all(proof, before, keys, out);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = level;
    for (key, out) in keys.iter().zip(out) {
        *out = crc32::update(before, key);
    }
}

/// x to the power `exponent`, modulo the polynomial, as a factor: its bits
/// reflected like the message's, and one place up, since the product of two
/// reflected numbers is one place short.
#[cfg(target_arch = "x86_64")]
pub(super) const fn power(exponent: u32) -> i64 {
    let mut remainder = 1_u32 << 31;
    let mut times = 0;
    while times < exponent {
        let carry = remainder & 1 == 1;
        remainder = remainder >> 1 ^ if carry { crc32::POLYNOMIAL } else { 0 };
        times += 1;
    }
    ((remainder as u64) << 1).cast_signed()
}

/// The factors that carry the two halves of a block `bits` bits down; the first
/// half in memory, the lower word, stands for the higher powers.
#[cfg(target_arch = "x86_64")]
pub(super) const fn fold(bits: u32) -> [i64; 2] {
    [power(bits + 32), power(bits - 32)]
}

/// The polynomial itself, 33 bits.
#[cfg(target_arch = "x86_64")]
pub(super) const POLYNOMIAL: i64 = 0x1_db71_0641;
/// The quotient of x^64 by it, 33 bits.
#[cfg(target_arch = "x86_64")]
pub(super) const QUOTIENT: i64 = 0x1_f701_1641;

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// The constants that the paper prints for this polynomial.
    #[test]
    fn published() {
        assert_eq!(fold(512), [0x1_5444_2bd4, 0x1_c6e4_1596]);
        assert_eq!(fold(128), [0x1_7519_97d0, 0x0_ccaa_009e]);
        assert_eq!(power(64), 0x1_63cd_6124);
    }
}
