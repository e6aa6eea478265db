//! The points of a ring in the order of their positions: dealt out over buckets that a
//! cache holds, and sorted in each (radix partitioning).

use std::cmp::Ordering;

use super::line::RingPosition;
use super::point_list::PointList;

/// Points of a bucket on average: 2 to the power of this.
const BUCKET: u32 = 17;

/// How many points are dealt out before their memory is given back.
const STRIDE: usize = 1 << 20;

/// Positions and their owners, by position; at one position in the order of `ties`, and
/// of those in the program's. O(n log n), in hardly more memory than the points take.
pub(super) fn in_order<P: RingPosition>(
    list: PointList<P>,
    ties: impl Fn(u32, u32) -> Ordering,
) -> (Vec<P>, Vec<u32>) {
    let count = list.len();
    let (mut positions, mut owners) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for mut bucket in buckets(list) {
        bucket.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| ties(one.1, other.1)));
        positions.extend(bucket.iter().map(|point| point.0));
        owners.extend(bucket.iter().map(|point| point.1));
    }
    (positions, owners)
}

/// The points by the uppermost bits of their positions, in each bucket in the program's
/// order.
fn buckets<P: RingPosition>(list: PointList<P>) -> Vec<Vec<(P, u32)>> {
    let bits = list.len().max(1).ilog2().saturating_sub(BUCKET);
    if bits == 0 {
        return vec![list.iter().collect()];
    }
    let shift = P::BITS - bits;
    let mut counts = vec![0; 1 << bits];
    for (_, run) in list.runs() {
        for position in run {
            counts[position.top(shift)] += 1;
        }
    }
    let mut buckets: Vec<Vec<(P, u32)>> = counts.into_iter().map(Vec::with_capacity).collect();
    // From the last to the first, so that the memory of those dealt out can be given back.
    list.take_backwards(STRIDE, |position, owner| {
        buckets[position.top(shift)].push((position, owner));
    });
    buckets.iter_mut().for_each(|bucket| bucket.reverse());
    buckets
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::in_order;
    use crate::hash::splitmix64::splitmix64;
    use crate::hash::word::low32;

    #[test]
    fn equals_a_stable_sort() {
        for count in [0, 1, 1000, 600_000_u32] {
            // Many share a position, and some stretches are empty.
            for mask in [u32::MAX, 0xfff, 0xf000_0fff] {
                let position = |number: u32| low32(splitmix64(number.into())) & mask;
                let points: Vec<(u32, u32)> =
                    (0..count).map(|number| (position(number), number % 97)).collect();
                let mut sorted = points.clone();
                sorted.sort_by_key(|point| point.0);
                let found = |ties: &dyn Fn(u32, u32) -> Ordering| {
                    let (positions, owners) = in_order(points.iter().copied().collect(), ties);
                    positions.into_iter().zip(owners).collect::<Vec<(u32, u32)>>()
                };
                assert!(found(&|_, _| Ordering::Equal) == sorted, "{count} {mask:x}");
                sorted.sort_by_key(|point| (point.0, !point.1));
                let down = |one: u32, other: u32| other.cmp(&one);
                assert!(found(&down) == sorted, "{count} {mask:x}, by owner");
            }
        }
    }
}
