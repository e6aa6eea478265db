//! Positions: the unsigned integers that hashes give and places are made of.

use std::fmt::Debug;

/// A position in a space of 2^BITS.
pub(crate) trait Position: Copy + Ord + Debug + Default + Send + Sync + 'static {
    const BITS: u32;

    /// The same number, wide.
    fn wide(self) -> u128;

    /// The low bits of a number.
    fn narrow(wide: u128) -> Self;

    /// Its upper 32 bits: the top.
    #[inline]
    fn upper(self) -> u32 {
        u32::narrow(self.wide() >> (Self::BITS - u32::BITS))
    }

    /// The remainder of a division by `count`, which is not 0.
    fn modulo(self, count: u32) -> usize;
}

macro_rules! positions {
    ($($int:ty: $narrow:expr;)*) => {$(
        #[allow(
            clippy::cast_possible_truncation,
            reason = "`narrow` keeps the low bits by contract; a remainder is below 2^32"
        )]
        impl Position for $int {
            const BITS: u32 = <$int>::BITS;

            #[inline]
            fn wide(self) -> u128 {
                u128::from(self)
            }

            #[inline]
            fn narrow(wide: u128) -> Self {
                let narrow: fn(u128) -> Self = $narrow;
                narrow(wide)
            }

            #[inline]
            fn modulo(self, count: u32) -> usize {
                (self % <$int>::from(count)) as usize
            }
        }
    )*};
}

positions! {
    u32: |wide| wide as Self;
    u64: |wide| wide as Self;
    u128: |wide| wide;
}
