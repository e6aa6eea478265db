//! Sorting the few points of a line.

/// Steps that sort words: pairs of places, of which the smaller number comes first
/// afterwards. Written out, so that the words stay in registers.
macro_rules! steps {
    ($words:ident: $($one:literal $other:literal),*) => {$(
        let (one, other) = ($words[$one], $words[$other]);
        $words[$one] = one.min(other);
        $words[$other] = one.max(other);
    )*};
}

/// Ten words, without a branch on what they are.
#[inline]
pub(super) fn of_ten(list: &mut [u64]) {
    let Some(list) = list.first_chunk_mut::<10>() else { return by_insertion(list) };
    let mut words = *list;
    // The fewest that ten need. Those of a row do not wait for each other.
    steps!(words: 0 8, 1 9, 2 7, 3 5, 4 6);
    steps!(words: 0 2, 1 4, 5 8, 7 9);
    steps!(words: 0 3, 2 4, 5 7, 6 9);
    steps!(words: 0 1, 3 6, 8 9);
    steps!(words: 1 5, 2 3, 4 8, 6 7);
    steps!(words: 1 2, 3 5, 4 6, 7 8);
    steps!(words: 2 3, 4 5, 6 7);
    steps!(words: 3 4, 5 6);
    *list = words;
}

/// Twelve words, without a branch on what they are.
#[inline]
pub(super) fn of_twelve(list: &mut [u128]) {
    let Some(list) = list.first_chunk_mut::<12>() else { return by_insertion(list) };
    let mut words = *list;
    // The fewest that twelve need.
    steps!(words: 0 8, 1 7, 2 6, 3 11, 4 10, 5 9);
    steps!(words: 0 1, 2 5, 3 4, 6 9, 7 8, 10 11);
    steps!(words: 0 2, 1 6, 5 10, 9 11);
    steps!(words: 0 3, 1 2, 4 6, 5 7, 8 11, 9 10);
    steps!(words: 1 4, 3 5, 6 8, 7 10);
    steps!(words: 1 3, 2 5, 6 9, 8 10);
    steps!(words: 2 3, 4 5, 6 7, 8 9);
    steps!(words: 4 6, 5 7);
    steps!(words: 3 4, 5 6, 7 8);
    *list = words;
}

/// Any words.
pub(super) fn by_insertion<W: Copy + Ord>(words: &mut [W]) {
    for from in 1..words.len() {
        let word = words[from];
        let mut at = from;
        while at > 0 && words[at - 1] > word {
            words[at] = words[at - 1];
            at -= 1;
        }
        words[at] = word;
    }
}

#[cfg(test)]
mod tests {
    use super::{by_insertion, of_ten, of_twelve};
    use crate::hash::splitmix64::splitmix64;

    /// What sorts all zeros and ones sorts everything.
    #[test]
    fn zeros_and_ones() {
        for bits in 0..1 << 12_u64 {
            let mut ten: [u64; 10] = std::array::from_fn(|at| bits >> at & 1);
            let ones = ten.iter().sum::<u64>();
            of_ten(&mut ten);
            assert!(ten.is_sorted(), "{bits:b}");
            assert_eq!(ten.iter().sum::<u64>(), ones);
            let mut twelve: [u128; 12] = std::array::from_fn(|at| u128::from(bits >> at & 1));
            of_twelve(&mut twelve);
            assert!(twelve.is_sorted(), "{bits:b}");
            assert_eq!(twelve.iter().sum::<u128>(), u128::from(bits.count_ones()));
        }
    }

    #[test]
    fn as_the_standard_library_does() {
        for turn in 0..20_000_u64 {
            let words: [u64; 12] =
                std::array::from_fn(|at| splitmix64(turn << 8 | at as u64) >> (turn % 64));
            let (mut ten, mut wide) = (words, words.map(|word| u128::from(word) << (turn % 65)));
            let (mut some, mut want, mut all) = (words, words, wide);
            of_ten(&mut ten[..10]);
            want[..10].sort();
            assert_eq!(ten, want);
            by_insertion(&mut some);
            want.sort();
            assert_eq!(some, want);
            of_twelve(&mut wide);
            all.sort();
            assert_eq!(wide, all);
        }
    }
}
