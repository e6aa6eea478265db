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
pub(in crate::placement) fn of_ten(list: &mut [u64]) {
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

/// Any words.
pub(in crate::placement) fn by_insertion<W: Copy + Ord>(words: &mut [W]) {
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
    use super::{by_insertion, of_ten};
    use crate::hash::splitmix64::splitmix64;

    /// What sorts all zeros and ones sorts everything.
    #[test]
    fn zeros_and_ones() {
        for bits in 0..1 << 10_u64 {
            let mut words: [u64; 10] = std::array::from_fn(|at| bits >> at & 1);
            of_ten(&mut words);
            assert!(words.is_sorted(), "{bits:b}");
            assert_eq!(words.iter().sum::<u64>(), u64::from(bits.count_ones()));
        }
    }

    #[test]
    fn as_the_standard_library_does() {
        for turn in 0..20_000_u64 {
            let words: [u64; 10] =
                std::array::from_fn(|at| splitmix64(turn << 8 | at as u64) >> (turn % 64));
            let mut want = words;
            want.sort();
            for sort in [of_ten, by_insertion] {
                let mut sorted = words;
                sort(&mut sorted);
                assert_eq!(sorted, want);
            }
        }
    }
}
