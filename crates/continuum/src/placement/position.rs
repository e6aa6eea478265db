//! Positions: the unsigned integers that hashes give and rings are made of.

use std::fmt::Debug;

/// A position in a space of 2^BITS.
pub(crate) trait Position: Copy + Ord + Debug + Default + Send + Sync + 'static {
    const BITS: u32;
    const MAX: Self;

    /// The same number, wide.
    fn wide(self) -> u128;

    /// The low bits of a number.
    fn narrow(wide: u128) -> Self;

    /// The number shifted right by `shift`, which leaves at most 31 bits.
    fn top(self, shift: u32) -> usize;

    /// The remainder of a division by `count`, which is not 0.
    fn modulo(self, count: u32) -> usize;

    /// How far `self` lies above `below`, around the ring.
    fn above(self, below: Self) -> Self;

    /// The position `more` higher, around the ring.
    fn plus(self, more: Self) -> Self;
}

macro_rules! position {
    ($($int:ty),*) => {$(
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`narrow` keeps the low bits by contract; `top` leaves at most 31; a remainder is below 2^32"
        )]
        impl Position for $int {
            const BITS: u32 = <$int>::BITS;
            const MAX: Self = <$int>::MAX;

            #[inline]
            fn wide(self) -> u128 {
                u128::from(self)
            }

            #[inline]
            fn narrow(wide: u128) -> Self {
                wide as $int
            }

            #[inline]
            fn top(self, shift: u32) -> usize {
                (self >> shift) as usize
            }

            #[inline]
            fn modulo(self, count: u32) -> usize {
                (self % <$int>::from(count)) as usize
            }

            #[inline]
            fn above(self, below: Self) -> Self {
                self.wrapping_sub(below)
            }

            #[inline]
            fn plus(self, more: Self) -> Self {
                self.wrapping_add(more)
            }
        }
    )*};
}

impl Position for u128 {
    const BITS: u32 = 128;
    const MAX: Self = Self::MAX;

    #[inline]
    fn wide(self) -> u128 {
        self
    }

    #[inline]
    fn narrow(wide: u128) -> Self {
        wide
    }

    #[inline]
    fn top(self, shift: u32) -> usize {
        (self >> shift) as usize
    }

    #[inline]
    fn modulo(self, count: u32) -> usize {
        (self % Self::from(count)) as usize
    }

    #[inline]
    fn above(self, below: Self) -> Self {
        self.wrapping_sub(below)
    }

    #[inline]
    fn plus(self, more: Self) -> Self {
        self.wrapping_add(more)
    }
}

position!(u32, u64);
