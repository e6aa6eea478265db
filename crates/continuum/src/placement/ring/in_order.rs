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
    // One piece of memory each, whose pages are only there once they are written.
    let (mut positions, mut owners) = (vec![P::default(); list.len()], vec![0; list.len()]);
    let (mut points, begins) = buckets(list);
    // From the last bucket to the first, so that the memory of those sorted can be given back.
    for begin in begins.into_iter().rev() {
        let bucket = &mut points[begin..];
        bucket.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| ties(one.1, other.1)));
        let sorted = positions[begin..].iter_mut().zip(&mut owners[begin..]);
        for ((position, owner), point) in sorted.zip(bucket) {
            (*position, *owner) = *point;
        }
        points.truncate(begin);
        if points.capacity() - begin >= STRIDE {
            points.shrink_to_fit();
        }
    }
    (positions, owners)
}

/// The points by the uppermost bits of their positions, in each bucket in the program's
/// order, and where each bucket begins.
fn buckets<P: RingPosition>(list: PointList<P>) -> (Vec<(P, u32)>, Vec<usize>) {
    let bits = list.len().max(1).ilog2().saturating_sub(BUCKET);
    if bits == 0 {
        return (list.iter().collect(), vec![0]);
    }
    let shift = P::BITS - bits;
    let mut ends = vec![0; 1 << bits];
    for (_, run) in list.runs() {
        for position in run {
            ends[position.top(shift)] += 1;
        }
    }
    let mut all = 0;
    for end in &mut ends {
        all += *end;
        *end = all;
    }
    let mut points = vec![(P::default(), 0); list.len()];
    // From the last to the first, so that the memory of those dealt out can be given back.
    list.take_backwards(STRIDE, |position, owner| {
        let at = &mut ends[position.top(shift)];
        *at -= 1;
        points[*at] = (position, owner);
    });
    // Each end has come down to where its bucket begins.
    (points, ends)
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
