//! A ring: points, each of a server; a key belongs to a point near it.
//!
//! The deployed programs differ in exactly three rules, which [`Rules`] spells
//! out: in which direction a key looks, what happens above the last point, and
//! who owns a position that several points share.

mod change;
mod in_order;
mod line;
mod lines;
mod partition;
mod point_list;
mod position;
mod rules;
mod sort;
mod sorted;

use std::cmp::Ordering;

pub(crate) use change::PointChanges;
use in_order::in_order;
pub(crate) use line::RingPosition;
use lines::Lines;
pub(crate) use lines::Ties;
pub(crate) use point_list::PointList;
pub(crate) use rules::{Rules, Seek, Shared, Wrap};
use sorted::Sorted;

use super::contract::{Cursor, Hit};
use super::hashed::{Place, PlaceTops};
use super::regions::{Regions, Space};

/// A ring of points. Memory: at most 1.3 times position and owner of every point,
/// and a tenth more after many changes.
#[derive(Clone)]
pub(crate) struct Ring<P: RingPosition> {
    layout: Layout<P>,
    order_matters: bool,
}

#[derive(Clone)]
enum Layout<P: RingPosition> {
    Lines(Lines<P>),
    Sorted(Sorted<P>),
}

impl<P: RingPosition> Ring<P> {
    /// Builds from points in the program's order. At most 2³¹ points.
    #[cfg(test)]
    pub(crate) fn new(points: Vec<(P, u32)>, rules: Rules) -> Self {
        Self::build(points.into_iter().collect(), rules, None)
    }

    /// Builds from points in the program's order; at one position in the order of
    /// `ties`, if given, which must not depend on the program's. At most 2³¹ points.
    pub(crate) fn build(list: PointList<P>, rules: Rules, ties: Option<Ties<'_>>) -> Self {
        if Lines::holds(&list, rules) {
            let lines = Lines::new(list, rules, ties);
            let order_matters = lines.order_matters();
            return Self { layout: Layout::Lines(lines), order_matters };
        }
        let (positions, owners) = match ties {
            Some(ties) => in_order(list, ties),
            None => in_order(list, |_, _| Ordering::Equal),
        };
        let sorted = Sorted::of_sorted(positions, owners, rules);
        let order_matters = sorted.order_matters();
        Self { layout: Layout::Sorted(sorted), order_matters }
    }

    /// For a program whose search may end at any of several points that share a
    /// position, for a key exactly there: asks it for each such position. It gets
    /// the sorted points and a position, and gives the number of a point.
    pub(crate) fn found_by(
        list: &PointList<P>,
        rules: Rules,
        search: impl Fn(&[P], P) -> usize,
    ) -> Self {
        let mut points: Vec<(P, u32)> = list.iter().collect();
        points.sort_by_key(|point| point.0);
        let sorted = Sorted::new(points, rules).found_by(search);
        let order_matters = sorted.order_matters();
        Self { layout: Layout::Sorted(sorted), order_matters }
    }

    fn layout(&self) -> &dyn Place<P> {
        match &self.layout {
            Layout::Lines(lines) => lines,
            Layout::Sorted(sorted) => sorted,
        }
    }

    /// For points whose number depends on the order of the servers, or that come
    /// in an order of the program's own: who knows says so.
    pub(crate) fn with_order_matters(self, order_matters: bool) -> Self {
        Self { order_matters, ..self }
    }
}

/// No points.
impl<P: RingPosition> Default for Ring<P> {
    fn default() -> Self {
        let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
        Self { layout: Layout::Sorted(Sorted::new(Vec::new(), rules)), order_matters: false }
    }
}

impl<P: RingPosition> Place<P> for Ring<P> {
    #[inline]
    fn place(&self, position: P) -> u32 {
        match &self.layout {
            Layout::Lines(lines) => lines.place(position),
            Layout::Sorted(sorted) => sorted.place(position),
        }
    }

    fn place_all(&self, positions: &[P], out: &mut [u32]) {
        self.layout().place_all(positions, out);
    }

    fn by_tops(&self) -> Option<&dyn PlaceTops<P>> {
        self.layout().by_tops()
    }

    /// Walks up the ring from the owner's point, around to where it began.
    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32> {
        self.layout().step(position, cursor)
    }

    fn hit(&self, position: P) -> Option<Hit> {
        self.layout().hit(position)
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        self.layout().regions(space)
    }

    fn order_matters(&self) -> bool {
        self.order_matters
    }

    fn memory(&self) -> usize {
        self.layout().memory()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::owner::NO_OWNER;
    use super::*;
    use crate::hash::splitmix64::splitmix64;

    fn space() -> Space {
        Space { hash: "test".to_owned(), size: Some(1 << 32) }
    }

    /// The rules read literally, over unsorted points, in O(n).
    fn naive(points: &[(u32, u32)], rules: Rules, key: u32) -> u32 {
        let mut kept: Vec<(u32, u32)> = Vec::new();
        for &(at, owner) in points {
            match (rules.shared, kept.iter_mut().find(|point| point.0 == at)) {
                (Shared::Keep, _) | (_, None) => kept.push((at, owner)),
                (Shared::First, Some(_)) => {}
                (Shared::Last, Some(point)) => point.1 = owner,
            }
        }
        // The earliest given among those at the smallest distance, or the last.
        let nearest = |distance: &dyn Fn(u32) -> Option<u64>, first: bool| {
            let least = kept.iter().filter_map(|point| distance(point.0)).min()?;
            let mut at_least = kept.iter().filter(|point| distance(point.0) == Some(least));
            let point = if first { at_least.next() } else { at_least.next_back() };
            point.map(|point| (least, point.1))
        };
        let wrapping = rules.wrap != Wrap::Last;
        let lowest = kept.iter().map(|point| point.0).min();
        if rules.wrap == Wrap::Crossed && lowest.is_some_and(|lowest| key < lowest) {
            let top = kept.iter().map(|point| point.0).max();
            return kept.iter().rfind(|point| Some(point.0) == top).unwrap().1;
        }
        if rules.seek == Seek::AtOrBefore {
            let down = |point: u32| u64::from(key.wrapping_sub(point));
            let least = kept.iter().map(|point| down(point.0)).min();
            let last = kept.iter().rfind(|point| Some(down(point.0)) == least);
            return last.map_or(NO_OWNER, |point| point.1);
        }
        let up = |point: u32| match rules.seek {
            Seek::After if point == key => wrapping.then_some(1 << 32),
            _ if point >= key || wrapping => Some(u64::from(point.wrapping_sub(key))),
            _ => None,
        };
        let next = nearest(&up, true);
        match rules.seek {
            Seek::Nearest => {
                let down = |point: u32| {
                    let distance = u64::from(key.wrapping_sub(point));
                    // A point at the key itself is `next`; as `previous` it
                    // counts only when it is the only one.
                    (distance != 0 || kept.iter().all(|other| other.0 == point)).then_some(distance)
                };
                match (nearest(&down, false), next) {
                    (Some((below, owner)), Some((above, _))) if below <= above => owner,
                    (_, Some((_, owner))) => owner,
                    _ => NO_OWNER,
                }
            }
            _ => next.map_or_else(
                || {
                    let top = kept.iter().map(|point| point.0).max();
                    let last = kept.iter().rfind(|point| Some(point.0) == top);
                    last.map_or(NO_OWNER, |point| point.1)
                },
                |(_, owner)| owner,
            ),
        }
    }

    fn rules() -> impl Strategy<Value = Rules> {
        (
            prop_oneof![
                Just(Seek::AtOrAfter),
                Just(Seek::After),
                Just(Seek::AtOrBefore),
                Just(Seek::Nearest)
            ],
            prop_oneof![Just(Wrap::First), Just(Wrap::Last), Just(Wrap::Crossed)],
            prop_oneof![Just(Shared::Keep), Just(Shared::First), Just(Shared::Last)],
        )
            .prop_map(|(seek, wrap, shared)| Rules {
                seek,
                // Only who seeks upwards leaves the circle open or crosses it, and
                // only at or after the key does one cross it.
                wrap: match (seek, wrap) {
                    (Seek::Nearest | Seek::AtOrBefore, _) => Wrap::First,
                    (Seek::After, Wrap::Crossed) => Wrap::First,
                    _ => wrap,
                },
                shared,
            })
    }

    /// Positions that collide, touch, and sit at both ends.
    fn position() -> impl Strategy<Value = u32> {
        prop_oneof![
            0_u32..40,
            (u32::MAX - 20)..=u32::MAX,
            any::<u32>(),
            Just(1 << 31),
            Just((1 << 31) - 1)
        ]
    }

    fn fixed() -> ProptestConfig {
        let rng_seed = proptest::test_runner::RngSeed::Fixed(2010);
        ProptestConfig { rng_seed, cases: 1000, failure_persistence: None, ..Default::default() }
    }

    proptest! {
        #![proptest_config(fixed())]

        #[test]
        fn equals_the_literal_reading(
            points in prop::collection::vec((position(), 0_u32..5), 0..60),
            keys in prop::collection::vec(position(), 1..60),
            rules in rules(),
        ) {
            let ring = Ring::new(points.clone(), rules);
            let near = points.iter().flat_map(|p| {
                [p.0.wrapping_sub(1), p.0, p.0.wrapping_add(1)]
            });
            for key in keys.into_iter().chain(near).chain([0, u32::MAX]) {
                prop_assert_eq!(ring.place(key), naive(&points, rules, key), "key {}", key);
            }
        }

        #[test]
        fn regions_hold_every_key(
            points in prop::collection::vec((position(), 0_u32..5), 0..60),
            keys in prop::collection::vec(position(), 1..60),
            rules in rules(),
        ) {
            let ring = Ring::new(points, rules);
            let Some(Regions::Segments { segments, .. }) = ring.regions(space()) else { unreachable!() };
            let segments: Vec<_> = segments.collect();
            prop_assert_eq!(segments.last().map(|segment| segment.last), Some(u128::from(u32::MAX)));
            for key in keys {
                let at = segments.partition_point(|segment| segment.last < u128::from(key));
                prop_assert_eq!(segments[at].owner, ring.place(key));
            }
        }
    }

    /// A ring beyond the cache asks for lines before it reads them: batches that are
    /// shorter than it looks ahead, and longer.
    fn batches_are_look_ups<P: RingPosition>() {
        let random =
            |number: u32| P::narrow(u128::from(splitmix64(number.into())) << 64 >> (128 - P::BITS));
        let points = (0..200_000).map(|number| (random(number), number % 1000)).collect();
        let ring = Ring::new(points, Rules::new(Seek::AtOrAfter, Shared::First));
        for count in (0..=100).chain([1000]) {
            let positions: Vec<P> = (0..count).map(|number| random(!number)).collect();
            let mut owners = vec![NO_OWNER; positions.len()];
            ring.place_all(&positions, &mut owners);
            let want: Vec<u32> = positions.iter().map(|at| ring.place(*at)).collect();
            assert_eq!(owners, want, "{count} positions of {} bits", P::BITS);
        }
    }

    #[test]
    fn batches_over_large_rings() {
        batches_are_look_ups::<u32>();
        batches_are_look_ups::<u64>();
        batches_are_look_ups::<u128>();
    }

    #[test]
    fn crowded_buckets() {
        let points: Vec<(u32, u32)> = (0..1000).map(|at| (at * 3, at % 7)).collect();
        for seek in [Seek::AtOrAfter, Seek::After, Seek::AtOrBefore, Seek::Nearest] {
            let rules = Rules::new(seek, Shared::Keep);
            let ring = Ring::new(points.clone(), rules);
            for key in (0..3100).chain([u32::MAX]) {
                assert_eq!(ring.place(key), naive(&points, rules, key), "{seek:?} {key}");
            }
        }
    }

    #[test]
    fn a_walk_visits_every_point_once() {
        let ring = Ring::new(
            vec![(10_u32, 0), (20, 1), (30, 0)],
            Rules::new(Seek::AtOrAfter, Shared::Keep),
        );
        let mut cursor = Cursor::default();
        let walk: Vec<u32> = std::iter::from_fn(|| ring.step(15, &mut cursor)).collect();
        assert_eq!(walk, [1, 0, 0]);
    }

    /// Enough points for many regions of lines, beside a binary search.
    fn equals_a_binary_search<P: RingPosition>() {
        let at = |n: u64| {
            let high = u128::from(crate::hash::splitmix64::splitmix64(n)) << (P::BITS - 32);
            // Every tenth on one of few positions.
            P::narrow(if n.is_multiple_of(10) {
                high >> (P::BITS - 8) << (P::BITS - 8)
            } else {
                high
            })
        };
        let made: Vec<(P, u32)> = (0..40_000_u32).map(|n| (at(u64::from(n)), n / 160)).collect();
        let ring = Ring::new(made.clone(), Rules::new(Seek::AtOrAfter, Shared::Keep));
        let mut points = made;
        points.sort_by_key(|point| point.0);
        let search = |position: P| {
            let at = points.partition_point(|point| point.0 < position);
            points[if at == points.len() { 0 } else { at }].1
        };
        let near = points
            .iter()
            .flat_map(|point| [point.0, point.0.plus(P::narrow(1)), point.0.above(P::narrow(1))]);
        for position in near.chain((1 << 40..(1 << 40) + 20_000).map(at)) {
            assert_eq!(ring.place(position), search(position), "{position:?}");
        }
        let mut cursor = Cursor::default();
        let walk: Vec<u32> = std::iter::from_fn(|| ring.step(P::narrow(0), &mut cursor)).collect();
        let all: Vec<u32> = points.iter().map(|point| point.1).collect();
        assert!(walk == all, "a walk from 0 meets every point in order");
    }

    #[test]
    fn large_rings_equal_a_binary_search() {
        equals_a_binary_search::<u32>();
        equals_a_binary_search::<u64>();
    }

    #[test]
    fn memory_is_bounded() {
        let points = (0..160_000_u32).map(|n| {
            (crate::hash::word::low32(crate::hash::splitmix64::splitmix64(u64::from(n))), n / 160)
        });
        let ring = Ring::new(points.collect(), Rules::new(Seek::AtOrAfter, Shared::Keep));
        assert!(ring.memory() < 160_000 * 8 * 13 / 10, "{}", ring.memory());
    }
}
