//! A ring as sorted points: any rules, positions of any width, any number of
//! servers.

use super::line::RingPosition;
use super::rules::{Rules, Seek, Shared, Wrap, stretches};
use crate::placement::contract::{Cursor, Hit};
use crate::placement::hashed::{BATCH, Place, PlaceTops};
use crate::placement::owner::NO_OWNER;
use crate::placement::regions::{Regions, Space};

/// Sorted points, with an index by their top bits. Memory: position and owner a
/// point, and a quarter of that; three tenths where there are tops.
#[derive(Clone)]
pub(super) struct Sorted<P> {
    rules: Rules,
    /// Behind the last there are [`WINDOW`] more of the highest.
    positions: Box<[P]>,
    /// The [tops](Position::upper) of `positions`, where those are wider than what a
    /// vector compares well. A search reads these; only a key whose top is also a
    /// point's needs the rest. Else empty.
    tops: Box<[u32]>,
    /// Behind the last there is the owner of what is above it.
    owners: Box<[u32]>,
    count: usize,
    /// What to add to a position so that the owner is that of the first point at or
    /// above the sum, if the rules are so simple.
    upwards: Option<P>,
    /// Bucket b begins at point `index[b]` and holds those whose position shifted
    /// right by `shift` is b.
    index: Box<[u32]>,
    shift: u32,
    order_matters: bool,
    /// Positions at which the program's search ends elsewhere than the rules say,
    /// and where. Nearly always empty.
    found: Box<[(P, u32)]>,
}

/// Points that a search reads at once, without a branch on what they are. Few
/// buckets hold more, and their last keys take a second search.
const WINDOW: usize = 8;

impl<P: RingPosition> Sorted<P> {
    /// Builds from points in the program's order. At most 2³¹ points. O(n log n).
    pub(super) fn new(mut points: Vec<(P, u32)>, rules: Rules) -> Self {
        points.sort_by_key(|(position, _)| *position);
        let (positions, owners) = points.into_iter().unzip();
        Self::of_sorted(positions, owners, rules)
    }

    /// Builds from positions in ascending order, those at one in the program's, and the
    /// owner of each.
    pub(super) fn of_sorted(mut positions: Vec<P>, mut owners: Vec<u32>, rules: Rules) -> Self {
        let mut pairs = positions.windows(2).zip(owners.windows(2));
        let order_matters = pairs.any(|(at, own)| at[0] == at[1] && own[0] != own[1]);
        if rules.shared != Shared::Keep {
            leave_one(&mut positions, &mut owners, rules.shared);
        }
        let count = positions.len();
        let above = match rules.wrap {
            Wrap::First | Wrap::Crossed => owners.first(),
            Wrap::Last => owners.last(),
        };
        let above = above.copied().unwrap_or(NO_OWNER);
        positions.reserve_exact(WINDOW);
        positions.extend(std::iter::repeat_n(P::MAX, WINDOW));
        owners.reserve_exact(1);
        owners.push(above);
        // Two to four points a bucket: the window then holds nearly all.
        let bits = (usize::BITS - count.leading_zeros()).saturating_sub(2).clamp(1, 30);
        let shift = P::BITS - bits;
        let mut index = vec![0_u32; 1 << bits];
        let mut bucket = 0;
        for (number, position) in (0_u32..).zip(&positions[..count]) {
            while bucket <= position.top(shift) {
                index[bucket] = number;
                bucket += 1;
            }
        }
        // 2³¹ points at most, as the caller promises.
        index[bucket..].fill(u32::try_from(count).unwrap_or(u32::MAX));
        let wide: &[P] = if P::BITS > u64::BITS { &positions } else { &[] };
        Self {
            rules,
            tops: wide.iter().map(|position| position.upper()).collect(),
            positions: positions.into_boxed_slice(),
            owners: owners.into_boxed_slice(),
            count,
            upwards: rules.upwards(),
            index: index.into_boxed_slice(),
            shift,
            order_matters,
            found: Box::default(),
        }
    }

    /// For a program whose search may end at any of several points that share a
    /// position, for a key exactly there: asks it for each such position. It gets
    /// the sorted points and a position, and gives the number of a point.
    pub(super) fn found_by(mut self, search: impl Fn(&[P], P) -> usize) -> Self {
        let mut shared: Vec<P> = self
            .points()
            .windows(2)
            .filter(|pair| pair[0] == pair[1])
            .map(|pair| pair[0])
            .collect();
        shared.dedup();
        let found: Box<[_]> = shared
            .into_iter()
            .map(|position| (position, search(self.points(), position)))
            .filter(|(position, at)| *at != self.seek(*position))
            .filter_map(|(position, at)| Some((position, u32::try_from(at).ok()?)))
            .collect();
        if !found.is_empty() {
            self.upwards = None;
        }
        self.found = found;
        self
    }

    /// The points' positions.
    #[inline]
    fn points(&self) -> &[P] {
        &self.positions[..self.count]
    }

    /// The first point that may be at or above a position.
    #[inline]
    fn start(&self, position: P) -> u32 {
        self.index[position.top(self.shift)]
    }

    /// How many points are strictly below a position, of which those before `start`
    /// are. What a bucket behind this one holds is above, so the bucket's end need
    /// not be known.
    #[inline]
    fn below(&self, start: u32, position: P) -> usize {
        if P::BITS > u64::BITS {
            let found = self.below_top(start, position.upper());
            return found.unwrap_or_else(|| self.below_on(start as usize, position));
        }
        let start = start as usize;
        let window = &self.positions[start..start + WINDOW];
        // Summed in 32 bits, which the compiler makes two compares of four lanes, a
        // mask and a count of its bits; in 64 bits it took 1.3 ns more.
        let below: u32 = window.iter().map(|point| u32::from(*point < position)).sum();
        let below = below as usize;
        if below < WINDOW { start + below } else { self.below_on(start, position) }
    }

    /// As `below`, for whatever position has this top. None where that does not say
    /// enough: a point has the same top, or the window ends too early.
    #[inline]
    fn below_top(&self, start: u32, top: u32) -> Option<usize> {
        let start = start as usize;
        let window = &self.tops[start..start + WINDOW];
        let below: u32 = window.iter().map(|point| u32::from(*point < top)).sum();
        let below = below as usize;
        (below < WINDOW && window[below] != top).then_some(start + below)
    }

    /// Hashes spread evenly; 15-bit hashes and crafted names do not, and shall
    /// not fall off a cliff.
    #[cold]
    fn below_on(&self, start: usize, position: P) -> usize {
        let below = |point: &P| *point < position;
        let points = &self.points()[start..];
        let mut reach = 2 * WINDOW;
        while points.get(reach).is_some_and(below) {
            reach *= 2;
        }
        start + points[..reach.min(points.len())].partition_point(below)
    }

    /// The point that a position belongs to. There must be one.
    #[inline]
    fn seek(&self, position: P) -> usize {
        if !self.found.is_empty()
            && let Ok(at) = self.found.binary_search_by_key(&position, |found| found.0)
        {
            return self.found[at].1 as usize;
        }
        let next = match (self.rules.seek, position == P::MAX) {
            (Seek::After | Seek::AtOrBefore, true) => self.count,
            (Seek::After | Seek::AtOrBefore, false) => {
                let above = P::narrow(position.wide() + 1);
                self.below(self.start(above), above)
            }
            _ => self.below(self.start(position), position),
        };
        let count = self.count;
        if self.rules.seek == Seek::AtOrBefore || self.crosses_at(next, position) {
            return if next == 0 { count - 1 } else { next - 1 };
        }
        let wrapped = if next < count {
            next
        } else {
            match self.rules.wrap {
                Wrap::First | Wrap::Crossed => 0,
                Wrap::Last => count - 1,
            }
        };
        match self.rules.seek {
            Seek::AtOrAfter | Seek::After => return wrapped,
            Seek::Top => return count - 1,
            Seek::Nearest | Seek::AtOrBefore => {}
        }
        let before = if wrapped == 0 { count - 1 } else { wrapped - 1 };
        let down = position.above(self.positions[before]);
        let up = self.positions[wrapped].above(position);
        if down <= up { before } else { wrapped }
    }

    /// Whether a position, before which there are so many points, lies below the
    /// first of them on a crossed circle.
    fn crosses_at(&self, before: usize, position: P) -> bool {
        self.rules.wrap == Wrap::Crossed && before == 0 && self.positions[0] != position
    }

    /// As [`crosses_at`](Self::crosses_at), for a position alone.
    fn crosses(&self, position: P) -> bool {
        self.rules.wrap == Wrap::Crossed && position < self.positions[0]
    }

    /// Every position at which the owner may change, where the search does not simply
    /// go upwards: the last one of its arc.
    fn borders(&self) -> Vec<P> {
        let mut lasts = Vec::with_capacity(self.count * 3 + 1);
        let count = self.count;
        for (at, point) in self.points().iter().enumerate() {
            lasts.push(*point);
            lasts.push(P::narrow(point.wide().wrapping_sub(1)));
            if self.rules.seek == Seek::Nearest {
                let gap = self.positions[(at + 1) % count].above(*point);
                // With one point only the gap is the whole ring, which reads 0.
                lasts.push(P::narrow(point.wide().wrapping_add(gap.wide() / 2)));
            }
        }
        lasts.push(P::MAX);
        lasts.sort();
        lasts.dedup();
        lasts
    }
}

impl<P: RingPosition> Place<P> for Sorted<P> {
    #[inline]
    fn place(&self, position: P) -> u32 {
        match self.upwards {
            Some(more) => {
                let position = position.plus(more);
                self.owners[self.below(self.start(position), position)]
            }
            None if self.count == 0 => NO_OWNER,
            None => self.owners[self.seek(position)],
        }
    }

    /// In two passes: the misses of one kind, of many keys, overlap.
    fn place_all(&self, positions: &[P], out: &mut [u32]) {
        let Some(more) = self.upwards else {
            for (position, owner) in positions.iter().zip(out) {
                *owner = self.place(*position);
            }
            return;
        };
        let mut starts = [0; BATCH];
        for (positions, out) in positions.chunks(BATCH).zip(out.chunks_mut(BATCH)) {
            for (position, start) in positions.iter().zip(&mut starts) {
                *start = self.start(position.plus(more));
            }
            for ((position, start), owner) in positions.iter().zip(&starts).zip(out) {
                *owner = self.owners[self.below(*start, position.plus(more))];
            }
        }
    }

    fn by_tops(&self) -> Option<&dyn PlaceTops<P>> {
        (self.upwards.is_some() && !self.tops.is_empty()).then_some(self)
    }

    /// Walks up the ring from the owner's point, around to where it began.
    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32> {
        let count = self.count;
        if cursor.steps as usize >= count {
            return None;
        }
        if cursor.steps == 0 {
            cursor.at = self.seek(position) as u64;
        }
        let from = usize::try_from(cursor.at).ok()?;
        // Below the first point every lost server leaves the key to the then last.
        let at = match self.crosses(position) {
            true => from - cursor.steps as usize,
            false if from + cursor.steps as usize >= count => from + cursor.steps as usize - count,
            false => from + cursor.steps as usize,
        };
        cursor.steps += 1;
        Some(self.owners[at])
    }

    fn hit(&self, position: P) -> Option<Hit> {
        if self.count == 0 {
            return None;
        }
        let point = self.positions[self.seek(position)];
        if self.crosses(position) {
            let distance = position.above(point).wide();
            return Some(Hit::Point { position: point.wide(), distance, below: true });
        }
        Some(self.rules.hit(point, position))
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        Some(match self.upwards {
            // Nothing is sought: the points are walked, of those at one position the first.
            Some(more) => {
                let points = self.points().iter().zip(&self.owners);
                let points = points.map(|(point, owner)| (*point, *owner));
                let above = self.owners[self.count];
                Regions::of_stretches(space, stretches(points, more, above))
            }
            None => Regions::of_borders(space, self.borders(), |last| self.place(last)),
        })
    }

    fn order_matters(&self) -> bool {
        self.order_matters
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.positions)
            + size_of_val(&*self.tops)
            + size_of_val(&*self.owners)
            + size_of_val(&*self.index)
            + size_of_val(&*self.found)
    }
}

/// Leaves one point at each position: the first, or the last.
fn leave_one<P: RingPosition>(positions: &mut Vec<P>, owners: &mut Vec<u32>, which: Shared) {
    let mut kept = 0;
    for at in 0..positions.len() {
        let (position, owner) = (positions[at], owners[at]);
        if kept > 0 && positions[kept - 1] == position {
            if which == Shared::Last {
                owners[kept - 1] = owner;
            }
        } else {
            (positions[kept], owners[kept]) = (position, owner);
            kept += 1;
        }
    }
    positions.truncate(kept);
    owners.truncate(kept);
}

/// That a key may be sought strictly above its position makes no difference where no
/// point has its top.
impl<P: RingPosition> PlaceTops<P> for Sorted<P> {
    /// In two passes, as `place_all`.
    fn place_tops(&self, tops: &[u32], whole: &dyn Fn(usize) -> P, out: &mut [u32]) {
        let shift = self.shift - (P::BITS - u32::BITS);
        let mut starts = [0; BATCH];
        for (top, start) in tops.iter().zip(&mut starts) {
            *start = self.index[(top >> shift) as usize];
        }
        for (at, ((top, start), owner)) in tops.iter().zip(&starts).zip(out).enumerate() {
            *owner = match self.below_top(*start, *top) {
                Some(below) => self.owners[below],
                None => self.place(whole(at)),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix64::splitmix64;
    use crate::keys::Keys;
    use crate::placement::position::Position as _;
    use crate::placement::{Hashed, KeyHash, Placement as _, TopsOf};

    /// Keys that are positions.
    struct Verbatim;

    impl KeyHash for Verbatim {
        type Position = u128;

        fn hash(&self, key: &[u8]) -> u128 {
            key.try_into().map_or(0, u128::from_be_bytes)
        }

        fn tops(&self) -> Option<TopsOf> {
            Some(|keys, out| {
                for (key, top) in keys.iter().zip(out) {
                    *top = Self.hash(key).upper();
                }
            })
        }

        fn space(&self) -> Space {
            Space { hash: "none".to_owned(), size: None }
        }
    }

    /// The rules over points that are sorted, by binary search among whole positions.
    fn searched(sorted: &[(u128, u32)], rules: Rules, key: u128) -> u32 {
        let at = sorted.partition_point(|point| match rules.seek {
            Seek::After => point.0 <= key,
            _ => point.0 < key,
        });
        let last = sorted.last().map_or(0, |point| point.0);
        let position = match (sorted.get(at), rules.wrap) {
            (Some(point), _) => point.0,
            (None, Wrap::First | Wrap::Crossed) => sorted[0].0,
            (None, Wrap::Last) => last,
        };
        let mut same = sorted.iter().filter(|point| point.0 == position);
        // Above the last point the last of those that stay owns.
        let last = rules.shared == Shared::Last
            || rules.shared == Shared::Keep && at == sorted.len() && rules.wrap == Wrap::Last;
        if last { same.next_back() } else { same.next() }.map_or(NO_OWNER, |point| point.1)
    }

    /// Many points of one top, whole positions that many share, both ends of a top and
    /// of the space; and how many keys have a top that a point has too.
    fn equals_a_search(seed: u64, count: u64, tops: u64, rules: Rules) -> usize {
        let random = |turn: u64| splitmix64(seed << 32 | turn);
        let top = |turn: u64| match random(turn) % (tops + 2) {
            0 => 0,
            1 => u128::from(u32::MAX),
            n => u128::from(splitmix64(n) >> 32),
        };
        let rest = |turn: u64| match random(turn) % 6 {
            0 => 0,
            1 => (1 << 96) - 1,
            2 => 1 << 64,
            n => u128::from(random(turn + n)) << 32,
        };
        let points: Vec<(u128, u32)> = (0_u32..)
            .zip((0..count).map(|n| top(2 * n) << 96 | rest(2 * n + 1)))
            .map(|(n, at)| (at, n))
            .collect();
        let mut sorted = points.clone();
        sorted.sort_by_key(|point| point.0);
        let near = points.iter().flat_map(|(at, _)| {
            let other = splitmix64(at.upper().into());
            [*at, at.wrapping_add(1), at.wrapping_sub(1), at ^ u128::from(other)]
        });
        let by_top = (0..count).map(|n| top(n) << 96 | rest(n + 7));
        let free = (0..count).map(|n| u128::from(random(!n)) << 64 | u128::from(random(n)));
        let keys: Vec<u128> = near.chain(by_top).chain(free).chain([0, u128::MAX]).collect();
        let want: Vec<u32> = keys.iter().map(|key| searched(&sorted, rules, *key)).collect();

        let ring = Hashed { hash: Verbatim, place: Sorted::new(points, rules) };
        for (key, want) in keys.iter().zip(&want) {
            assert_eq!(ring.place.place(*key), *want, "{rules:?} {key:032x}");
        }
        let mut owners = vec![0; keys.len()];
        ring.place.place_all(&keys, &mut owners);
        assert!(owners == want, "{rules:?}, a batch of positions");
        owners.fill(0);
        let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_be_bytes()).collect();
        ring.locate_all(&Keys::fixed(&bytes, 16).unwrap(), &mut owners);
        assert!(owners == want, "{rules:?}, a batch of keys");
        let has = |key: &&u128| sorted.binary_search_by_key(&key.upper(), |p| p.0.upper()).is_ok();
        keys.iter().filter(has).count()
    }

    #[test]
    fn equal_tops_are_told_apart() {
        let mut equal = 0;
        for (seek, wrap) in [
            (Seek::AtOrAfter, Wrap::First),
            (Seek::AtOrAfter, Wrap::Last),
            (Seek::After, Wrap::First),
            (Seek::After, Wrap::Last),
        ] {
            for shared in [Shared::Keep, Shared::First, Shared::Last] {
                let rules = Rules { seek, wrap, shared };
                for (seed, (count, tops)) in
                    (0..).zip([(1, 1), (7, 2), (60, 10), (500, 40), (2000, 1800), (3000, 100_000)])
                {
                    equal += equals_a_search(seed, count, tops, rules);
                }
            }
        }
        assert!(equal > 100_000, "{equal}");
    }

    #[test]
    fn memory_of_wide_positions_is_bounded() {
        for count in [1 << 14, 160_000, (1 << 18) - 1] {
            let at = |n: u32| u128::from(splitmix64(n.into())) << 64;
            let points: Vec<(u128, u32)> = (0..count).map(|n| (at(n), n / 160)).collect();
            let sorted = Sorted::new(points, Rules::new(Seek::After, Shared::Last));
            let most = (count as usize + WINDOW) * 20 * 13 / 10;
            assert!(sorted.memory() <= most, "{count}: {}", sorted.memory());
        }
    }
}
