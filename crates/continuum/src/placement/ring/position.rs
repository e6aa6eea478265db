//! The widths of positions that rings are made of.

use super::line::{Line, RingPosition};
use super::sort;
use crate::lanes::below;

macro_rules! ring_positions {
    ($($int:ty, $wide:ty, $line:ty, $below:path, $sort:path);*) => {$(
        #[expect(
            clippy::cast_possible_truncation,
            reason = "`top` leaves at most 31 bits; the parts of a word are taken out again"
        )]
        impl RingPosition for $int {
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
            fn top(self, shift: u32) -> usize {
                (self >> shift) as usize
            }
        }
    )*};
}

impl RingPosition for u128 {
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
    fn top(self, shift: u32) -> usize {
        (self >> shift) as usize
    }
}

/// The upper half.
#[inline]
fn high(number: u128) -> u64 {
    (number >> 64) as u64
}

// 64 and 128 bytes.
ring_positions!(
    u32, u64, Line<Self, 10, 11>, below::of_ten, sort::of_ten;
    u64, u128, Line<Self, 12, 13>, below::of_twelve, sort::of_twelve
);

#[cfg(test)]
mod tests {
    use super::RingPosition;
    use crate::hash::splitmix64::splitmix64;
    use crate::placement::position::Position as _;

    fn stretches_meet<P: RingPosition>() {
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
