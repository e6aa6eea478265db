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

/// Ten points and their owners, without a branch on what they are.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each part of a word is taken out again")]
pub(in crate::placement) fn of_ten(points: &mut [u32], owners: &mut [u16], used: usize) {
    let (Some(points), Some(owners)) =
        (points.first_chunk_mut::<10>(), owners.first_chunk_mut::<10>())
    else {
        return by_insertion(points, owners, used);
    };
    // The place below the point: equal ones stay as they stand.
    let mut words: [u64; 10] = std::array::from_fn(|at| {
        u64::from(points[at]) << 32 | (at as u64) << 16 | u64::from(owners[at])
    });
    // The fewest that ten need. Those of a row do not wait for each other.
    steps!(words: 0 8, 1 9, 2 7, 3 5, 4 6);
    steps!(words: 0 2, 1 4, 5 8, 7 9);
    steps!(words: 0 3, 2 4, 5 7, 6 9);
    steps!(words: 0 1, 3 6, 8 9);
    steps!(words: 1 5, 2 3, 4 8, 6 7);
    steps!(words: 1 2, 3 5, 4 6, 7 8);
    steps!(words: 2 3, 4 5, 6 7);
    steps!(words: 3 4, 5 6);
    for ((point, owner), word) in points.iter_mut().zip(owners).zip(words) {
        *point = (word >> 32) as u32;
        *owner = word as u16;
    }
}

/// Any points and their owners.
pub(in crate::placement) fn by_insertion<P: Copy + Ord>(
    points: &mut [P],
    owners: &mut [u16],
    used: usize,
) {
    for from in 1..used {
        let (point, owner) = (points[from], owners[from]);
        let mut at = from;
        while at > 0 && points[at - 1] > point {
            points[at] = points[at - 1];
            owners[at] = owners[at - 1];
            at -= 1;
        }
        points[at] = point;
        owners[at] = owner;
    }
}

#[cfg(test)]
mod tests {
    use super::{by_insertion, of_ten};
    use crate::hash::splitmix64::splitmix64;
    use crate::hash::word::low32;

    /// What sorts all zeros and ones sorts everything. Equal ones tell whether
    /// they stay as they stand.
    #[test]
    fn zeros_and_ones() {
        for bits in 0..1 << 10_u32 {
            let mut points: [u32; 10] = std::array::from_fn(|at| bits >> at & 1);
            let mut owners: [u16; 11] = std::array::from_fn(|at| u16::try_from(at).unwrap());
            let mut want: Vec<(u32, u16)> = points.into_iter().zip(owners).collect();
            want.sort_by_key(|point| point.0);
            of_ten(&mut points, &mut owners, 10);
            assert_eq!(points.into_iter().zip(owners).collect::<Vec<_>>(), want);
            assert_eq!(owners[10], 10);
        }
    }

    #[test]
    fn as_insertion_does() {
        for turn in 0..20_000_u64 {
            let used = usize::try_from(turn % 11).unwrap();
            let point = |at: usize| {
                let random = low32(splitmix64(turn << 8 | at as u64));
                if random.is_multiple_of(5) { u32::MAX } else { random >> (turn % 30) }
            };
            let mut points: [u32; 10] =
                std::array::from_fn(|at| if at < used { point(at) } else { u32::MAX });
            let mut owners: [u16; 11] = std::array::from_fn(|at| u16::try_from(at).unwrap());
            let (mut same, mut whose) = (points, owners);
            by_insertion(&mut same, &mut whose, used);
            of_ten(&mut points, &mut owners, used);
            assert_eq!((points, owners), (same, whose));
        }
    }
}
