//! The points of a large ring in the order of their positions: dealt out over
//! partitions that the cache holds, and sorted in each (radix partitioning).

use std::cmp::Ordering;

use super::line::RingPosition;
use super::point_list::PointList;

/// Up to so many points are sorted as they are.
const FEW: usize = 1 << 14;

/// Points of a partition on average: 2 to the power of this.
const PARTITION: u32 = 7;

/// The points by position; at one position in the order of `ties`, and of those in the
/// program's. O(n log n) comparisons, but for hashes of names that nobody crafted most
/// are within a few cache lines.
pub(super) fn in_order<P: RingPosition>(
    list: PointList<P>,
    ties: impl Fn(u32, u32) -> Ordering,
) -> Vec<(P, u32)> {
    let compare =
        |one: &(P, u32), other: &(P, u32)| one.0.cmp(&other.0).then_with(|| ties(one.1, other.1));
    if list.len() <= FEW {
        let mut points: Vec<(P, u32)> = list.iter().collect();
        points.sort_by(compare);
        return points;
    }
    let bits = (list.len().ilog2() - PARTITION).min(16);
    let shift = P::BITS - bits;
    // Where each partition begins, which moves on to its end.
    let mut ends = vec![0; (1 << bits) + 1];
    for (_, run) in list.runs() {
        for position in run {
            ends[position.top(shift) + 1] += 1;
        }
    }
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    let mut points = vec![(P::default(), 0); list.len()];
    for (owner, run) in list.runs() {
        for position in run {
            let end = &mut ends[position.top(shift)];
            points[*end] = (*position, owner);
            *end += 1;
        }
    }
    drop(list);
    let mut from = 0;
    for end in &ends[..1 << bits] {
        points[from..*end].sort_by(compare);
        from = *end;
    }
    points
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::in_order;
    use crate::hash::splitmix64::splitmix64;
    use crate::hash::word::low32;

    #[test]
    fn equals_a_stable_sort() {
        for count in [0, 1, 1000, 50_000_u32] {
            // Many share a position, and some stretches are empty.
            for mask in [u32::MAX, 0xfff, 0xf000_0fff] {
                let position = |number: u32| low32(splitmix64(number.into())) & mask;
                let points: Vec<(u32, u32)> =
                    (0..count).map(|number| (position(number), number % 97)).collect();
                let mut sorted = points.clone();
                sorted.sort_by_key(|point| point.0);
                let list = || points.iter().copied().collect();
                assert!(in_order(list(), |_, _| Ordering::Equal) == sorted, "{count} {mask:x}");
                sorted.sort_by_key(|point| (point.0, !point.1));
                let down = |one: u32, other: u32| other.cmp(&one);
                assert!(in_order(list(), down) == sorted, "{count} {mask:x}, by owner");
            }
        }
    }
}
