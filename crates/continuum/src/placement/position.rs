//! Positions: the unsigned integers that hashes give and rings are made of.

use std::fmt::Debug;

use super::ring::{Line, LineOf, sort};
use crate::lanes::below;

/// A position in a space of 2^BITS.
pub(crate) trait Position: Copy + Ord + Debug + Default + Send + Sync + 'static {
    const BITS: u32;
    const MAX: Self;
    /// Neighbouring points of a ring in one or two cache lines.
    type Line: LineOf<Self>;
    /// A point, its number among those made and its owner: words compare in this order.
    type Word: Copy + Ord + Debug;
    /// Above the word of every point; its point is [`MAX`](Self::MAX).
    const NO_WORD: Self::Word;

    /// The same number, wide.
    fn wide(self) -> u128;

    /// The low bits of a number.
    fn narrow(wide: u128) -> Self;

    /// The number shifted right by `shift`, which leaves at most 31 bits.
    fn top(self, shift: u32) -> usize;

    /// Its upper 32 bits: the top.
    #[inline]
    fn upper(self) -> u32 {
        u32::narrow(self.wide() >> (Self::BITS - u32::BITS))
    }

    /// The remainder of a division by `count`, which is not 0.
    fn modulo(self, count: u32) -> usize;

    /// Which of `count` stretches of equal width, to a position, holds this one.
    fn stretch(self, count: u32) -> u32;

    /// How many of these, in ascending order, lie below `limit`: no branch on what
    /// they are.
    fn below(points: &[Self], limit: Self) -> usize;

    /// The word of a point.
    fn word(self, number: u16, owner: u16) -> Self::Word;

    /// The point of a word, and its owner.
    fn of_word(word: Self::Word) -> (Self, u16);

    /// Puts the words of a line in ascending order.
    fn sort(words: &mut [Self::Word]);

    /// The last position of a stretch.
    fn last_of(stretch: u32, count: u32) -> Self;

    /// How far `self` lies above `below`, around the ring.
    fn above(self, below: Self) -> Self;

    /// The position `more` higher, around the ring.
    fn plus(self, more: Self) -> Self;
}

macro_rules! position {
    ($($int:ty, $wide:ty, $line:ty, $below:path, $sort:path);*) => {$(
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`narrow` keeps the low bits by contract; `top` leaves at most 31; a remainder is below 2^32; the parts of a word are taken out again"
        )]
        impl Position for $int {
            const BITS: u32 = <$int>::BITS;
            const MAX: Self = <$int>::MAX;
            type Line = $line;
            type Word = $wide;
            const NO_WORD: $wide = <$wide>::MAX;

            #[inline]
            fn stretch(self, count: u32) -> u32 {
                ((<$wide>::from(self) * <$wide>::from(count)) >> <$int>::BITS) as u32
            }

            #[inline]
            fn below(points: &[Self], limit: Self) -> usize {
                match points.first_chunk() {
                    Some(chunk) if chunk.len() == points.len() => $below(chunk, limit),
                    _ => points.iter().map(|point| usize::from(*point < limit)).sum(),
                }
            }

            #[inline]
            fn word(self, number: u16, owner: u16) -> $wide {
                <$wide>::from(self) << <$int>::BITS | <$wide>::from(number) << 16 | <$wide>::from(owner)
            }

            #[inline]
            fn of_word(word: $wide) -> (Self, u16) {
                ((word >> <$int>::BITS) as $int, word as u16)
            }

            #[inline]
            fn sort(words: &mut [$wide]) {
                $sort(words);
            }

            fn last_of(stretch: u32, count: u32) -> Self {
                let end = (<$wide>::from(stretch) + 1) << <$int>::BITS;
                ((end - 1) / <$wide>::from(count)) as $int
            }

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
    type Line = Line<Self, 6, 7>;
    type Word = (Self, u16, u16);
    const NO_WORD: Self::Word = (Self::MAX, u16::MAX, u16::MAX);

    #[inline]
    fn stretch(self, count: u32) -> u32 {
        high(self).stretch(count)
    }

    #[inline]
    fn below(points: &[Self], limit: Self) -> usize {
        points.iter().map(|point| usize::from(*point < limit)).sum()
    }

    fn word(self, number: u16, owner: u16) -> Self::Word {
        (self, number, owner)
    }

    fn of_word(word: Self::Word) -> (Self, u16) {
        (word.0, word.2)
    }

    fn sort(words: &mut [Self::Word]) {
        sort::by_insertion(words);
    }

    fn last_of(stretch: u32, count: u32) -> Self {
        Self::from(u64::last_of(stretch, count)) << 64 | Self::from(u64::MAX)
    }

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

/// The upper half.
#[inline]
fn high(number: u128) -> u64 {
    (number >> 64) as u64
}

// 64 and 128 bytes.
position!(
    u32, u64, Line<Self, 10, 11>, below::of_ten, sort::of_ten;
    u64, u128, Line<Self, 12, 13>, below::of_twelve, sort::of_twelve
);

#[cfg(test)]
mod tests {
    use super::Position;
    use crate::hash::splitmix64::splitmix64;

    fn stretches_meet<P: Position>() {
        for count in [1, 2, 3, 7, 64, 1000, 65_537, u32::MAX >> 5] {
            for number in 0..200 {
                let stretch = u32::narrow(u128::from(splitmix64(number))).stretch(count);
                let last = P::last_of(stretch, count);
                assert_eq!(last.stretch(count), stretch, "{count}");
                let next = last.plus(P::narrow(1));
                assert_eq!(next.stretch(count), (stretch + 1) % count, "{count}");
            }
            assert_eq!(P::last_of(count - 1, count), P::MAX);
        }
    }

    #[test]
    fn a_stretch_ends_where_the_next_begins() {
        stretches_meet::<u32>();
        stretches_meet::<u64>();
        stretches_meet::<u128>();
    }
}
