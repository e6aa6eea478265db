//! A ring as sorted points: any rules, positions of any width, any number of
//! servers.

use super::rules::{Rules, Seek, Shared, Wrap};
use crate::placement::contract::{Cursor, Hit, NO_OWNER};
use crate::placement::hashed::{BATCH, Place};
use crate::placement::position::Position;
use crate::placement::regions::{Regions, Space};

/// Sorted points, with an index by their top bits. Memory: position and owner a
/// point, and a quarter of that.
#[derive(Clone)]
pub(super) struct Sorted<P> {
    rules: Rules,
    /// Behind the last there are [`WINDOW`] more of the highest.
    positions: Box<[P]>,
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

impl<P: Position> Sorted<P> {
    /// Builds from points in the program's order. At most 2³¹ points. O(n log n).
    pub(super) fn new(mut points: Vec<(P, u32)>, rules: Rules) -> Self {
        points.sort_by_key(|(position, _)| *position);
        let order_matters =
            points.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
        match rules.shared {
            Shared::Keep => {}
            Shared::First => points.dedup_by_key(|(position, _)| *position),
            Shared::Last => points.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 = later.1;
                }
                same
            }),
        }
        // Two to four points a bucket: the window then holds nearly all.
        let bits = (usize::BITS - points.len().leading_zeros()).saturating_sub(2).clamp(1, 30);
        let shift = P::BITS - bits;
        let mut index = vec![0_u32; 1 << bits];
        let mut bucket = 0;
        for (number, (position, _)) in (0_u32..).zip(&points) {
            while bucket <= position.top(shift) {
                index[bucket] = number;
                bucket += 1;
            }
        }
        // 2³¹ points at most, as the caller promises.
        index[bucket..].fill(u32::try_from(points.len()).unwrap_or(u32::MAX));
        let above = match rules.wrap {
            Wrap::First => points.first(),
            Wrap::Last => points.last(),
        };
        let above = above.map_or(NO_OWNER, |point| point.1);
        let padding = std::iter::repeat_n(P::MAX, WINDOW);
        Self {
            rules,
            positions: points.iter().map(|point| point.0).chain(padding).collect(),
            owners: points.iter().map(|point| point.1).chain([above]).collect(),
            count: points.len(),
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
        let start = start as usize;
        let window = &self.positions[start..start + WINDOW];
        // Summed in 32 bits, which the compiler makes two compares of four lanes, a
        // mask and a count of its bits; in 64 bits it took 1.3 ns more.
        let below: u32 = window.iter().map(|point| u32::from(*point < position)).sum();
        let below = below as usize;
        if below < WINDOW { start + below } else { self.below_on(start, position) }
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
            (Seek::After, true) => self.count,
            (Seek::After, false) => {
                let above = P::narrow(position.wide() + 1);
                self.below(self.start(above), above)
            }
            _ => self.below(self.start(position), position),
        };
        let count = self.count;
        let wrapped = if next < count {
            next
        } else {
            match self.rules.wrap {
                Wrap::First => 0,
                Wrap::Last => count - 1,
            }
        };
        match self.rules.seek {
            Seek::AtOrAfter | Seek::After => return wrapped,
            Seek::Top => return count - 1,
            Seek::Nearest => {}
        }
        let before = if wrapped == 0 { count - 1 } else { wrapped - 1 };
        let down = position.above(self.positions[before]);
        let up = self.positions[wrapped].above(position);
        if down <= up { before } else { wrapped }
    }

    /// Every position at which the owner may change: the last one of its arc.
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

impl<P: Position> Place<P> for Sorted<P> {
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

    /// Walks up the ring from the owner's point, around to where it began.
    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32> {
        let count = self.count;
        if cursor.steps as usize >= count {
            return None;
        }
        if cursor.steps == 0 {
            cursor.at = self.seek(position) as u64;
        }
        let mut at = usize::try_from(cursor.at).ok()? + cursor.steps as usize;
        if at >= count {
            at -= count;
        }
        cursor.steps += 1;
        Some(self.owners[at])
    }

    fn hit(&self, position: P) -> Option<Hit> {
        if self.count == 0 {
            return None;
        }
        let point = self.positions[self.seek(position)];
        Some(self.rules.hit(point, position))
    }

    fn regions(&self, space: Space) -> Option<Regions> {
        Some(Regions::of_borders(space, self.borders(), |last| self.place(last)))
    }

    fn order_matters(&self) -> bool {
        self.order_matters
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.positions)
            + size_of_val(&*self.owners)
            + size_of_val(&*self.index)
            + size_of_val(&*self.found)
    }
}
