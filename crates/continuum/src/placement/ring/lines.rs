//! A ring as lines: stretches of equal width, each with its points in one or two
//! lines of the cache, so that a look-up reads nothing else. A line has room to
//! spare, so that a change of one server writes only where its points are.

use std::cmp::Ordering;
use std::ops::Range;

use super::line::{Handle, LineFor, LineOf as _, NONE, RingPosition, SPILLED};
use super::partition::{PartitionLines, Partitioned};
use super::point_list::PointList;
use super::rules::{Rules, Shared, Wrap, stretches};
use crate::lanes::prefetch;
use crate::placement::contract::{Cursor, Hit};
use crate::placement::hashed::Place;
use crate::placement::owner::NO_OWNER;
use crate::placement::regions::{Regions, Space};

/// Which of two servers at one position comes first.
pub(crate) type Ties<'a> = &'a dyn Fn(u32, u32) -> Ordering;

/// Points and their owners in lines. For rules that are a plain search upwards, and
/// for servers that 16 bits can number.
#[derive(Clone)]
pub(super) struct Lines<P: RingPosition> {
    pub(super) rules: Rules,
    /// What to add to a position before the search.
    more: P,
    pub(super) lines: Vec<LineFor<P>>,
    /// How many lines.
    pub(super) number: u32,
    /// The points that their lines have no room for, in ascending order; behind those
    /// of each line one at the last position of its stretch, with the owner of what is
    /// above.
    pub(super) spill: Vec<(P, Handle)>,
    /// Where several points were made, before the rules left one: all of them, in
    /// order.
    pub(super) ties: Vec<(P, Handle)>,
    /// Points on the ring.
    pub(super) count: usize,
    /// By handle: the server's number. Empty while it is the same.
    pub(super) numbers: Vec<u32>,
    /// By handle: the points made for it.
    pub(super) counts: Vec<u32>,
}

/// Where a point is: its line, and its number among the points of that stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Location {
    line: u32,
    at: usize,
}

/// What a build has not closed yet: a line with points, and those without behind it.
#[derive(Default)]
struct Open {
    from: u32,
    /// The one in `spill` that closes the line with points, if it is over.
    closing: Option<usize>,
}

/// Bytes of lines up to which a batch need not fetch its lines beforehand: half of a
/// second-level cache of a megabyte, from which the searches overlap enough.
const NEAR: usize = 512 << 10;

/// How many searches ahead a batch fetches lines.
const AHEAD: usize = 32;

/// Points a line on average, in tenths: as few as memory of 1.3 times the points
/// (position and a 32-bit owner each) allows.
pub(super) fn load<P: RingPosition>() -> usize {
    if P::BITS == 32 { 64 } else { 87 }
}

impl<P: RingPosition> Lines<P> {
    /// The most servers.
    pub(super) const SERVERS: u32 = SPILLED as u32;

    /// Whether it knows such rules, and has handles for so many servers.
    pub(super) fn holds(list: &PointList<P>, rules: Rules) -> bool {
        P::BITS <= 64 && rules.upwards::<P>().is_some() && list.servers() <= Self::SERVERS
    }

    /// For what it [`holds`](Self::holds). O(n), and O(m log m) for the m points that
    /// share a stretch with more than there is room for.
    pub(super) fn new(list: PointList<P>, rules: Rules, ties: Option<Ties<'_>>) -> Self {
        let number = (list.len() * 10 / load::<P>()).max(1);
        // Below 2³² for the 2³¹ points that a ring may have.
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let mut counts = vec![0_u32; list.servers() as usize];
        for (owner, run) in list.runs() {
            counts[owner as usize] += u32::try_from(run.len()).unwrap_or(u32::MAX);
        }
        let mut ring = Self {
            rules,
            more: rules.upwards().unwrap_or_default(),
            lines: Vec::new(),
            number,
            spill: Vec::new(),
            ties: Vec::new(),
            count: 0,
            numbers: Vec::new(),
            counts,
        };
        let partitions = Partitioned::of(&list, number);
        drop(list);
        ring.lines.reserve_exact(number as usize);
        let (mut partition_lines, mut open) = (PartitionLines::new(), Open::default());
        for partition in 0..partitions.count() {
            partition_lines.take(&partitions, partition);
            let lines = partition_lines.append_to(&mut ring.lines);
            ring.settle(lines, &partition_lines.over, ties, &mut open);
        }
        let above = ring.above();
        ring.close_to(&mut open, number, above);
        ring.spill.shrink_to_fit();
        ring.ties.shrink_to_fit();
        ring
    }

    /// Applies the rules to the points of some lines, and closes those before their last
    /// points. `over` are those without room, sorted.
    fn settle(
        &mut self,
        lines: Range<u32>,
        over: &[(P, Handle)],
        ties: Option<Ties<'_>>,
        open: &mut Open,
    ) {
        let (mut from, mut group) = (0, Vec::new());
        for line in lines {
            let here = &self.lines[line as usize];
            let mut closing = None;
            if here.is_distinct() && !here.is_over() {
                self.count += here.len();
            } else {
                let behind = over[from..].partition_point(|p| p.0.stretch(self.number) == line);
                group.clear();
                group.extend(here.points().iter().copied().zip(here.owners().iter().copied()));
                // Those without room were made after those with.
                group.extend_from_slice(&over[from..from + behind]);
                from += behind;
                self.arrange(&mut group, ties);
                let mut spilled = std::mem::take(&mut self.spill);
                let before = spilled.len();
                self.fill(line, &group, &mut spilled);
                self.spill = spilled;
                closing = self.spill.len().checked_sub(1).filter(|at| *at >= before);
            }
            if let Some(first) = self.lines[line as usize].owners().first() {
                self.close_to(open, line, *first);
                open.closing = closing;
            }
        }
    }

    /// Closes the lines that are open, up to this one, which begins with a point of
    /// `next`.
    #[inline]
    fn close_to(&mut self, open: &mut Open, line: u32, next: Handle) {
        for line in &mut self.lines[open.from as usize..line as usize] {
            line.close(next);
        }
        if let Some(closing) = open.closing.take() {
            self.spill[closing].1 = next;
        }
        open.from = line;
    }

    /// The server of a handle.
    #[inline]
    pub(super) fn server(&self, handle: Handle) -> u32 {
        if self.numbers.is_empty() { u32::from(handle) } else { self.numbers[usize::from(handle)] }
    }

    /// Sorts the points of a stretch, given in the program's order, and leaves of
    /// those at one position the ones that the rules leave.
    pub(super) fn arrange(&mut self, group: &mut Vec<(P, Handle)>, ties: Option<Ties<'_>>) {
        group.sort_by(|one, other| {
            one.0.cmp(&other.0).then_with(|| match ties {
                Some(ties) if one.1 != other.1 => ties(self.server(one.1), self.server(other.1)),
                _ => Ordering::Equal,
            })
        });
        for same in group.chunk_by(|one, other| one.0 == other.0) {
            if same.len() > 1 {
                self.ties.extend_from_slice(same);
            }
        }
        match self.rules.shared {
            Shared::Keep => {}
            Shared::First => group.dedup_by_key(|point| point.0),
            Shared::Last => group.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 = later.1;
                }
                same
            }),
        }
    }

    /// Writes the points of a stretch into its line, and what does not fit behind
    /// `spill`. The line is still to be closed.
    pub(super) fn fill(&mut self, line: u32, group: &[(P, Handle)], spill: &mut Vec<(P, Handle)>) {
        let here = &mut self.lines[line as usize];
        *here = LineFor::<P>::EMPTY;
        for (position, handle) in group {
            if !here.push(*position, *handle) {
                spill.push((*position, *handle));
            }
        }
        if here.is_over() {
            spill.push((P::last_of(line, self.number), NONE));
        }
        self.count += group.len();
    }

    /// Tells every line who owns what is above its points.
    pub(super) fn close_all(&mut self) {
        let mut next = self.above();
        let mut behind = self.spill.len();
        for line in (0..self.number).rev() {
            let here = &mut self.lines[line as usize];
            here.close(next);
            if here.is_over() {
                self.spill[behind - 1].1 = next;
                let before = &self.spill[..behind];
                behind = before.partition_point(|point| point.0.stretch(self.number) < line);
            }
            if let Some(first) = here.owners().first() {
                next = *first;
            }
        }
    }

    /// The owner of what is above the last point.
    pub(super) fn above(&self) -> Handle {
        let location = match self.rules.wrap {
            Wrap::First | Wrap::Crossed => self.first(),
            Wrap::Last => self.last(),
        };
        location.map_or(NONE, |location| self.point(location).1)
    }

    /// The points of a line that it has no room for, without the one that closes
    /// them.
    pub(super) fn spilled(&self, line: u32) -> Range<usize> {
        if !self.lines[line as usize].is_over() {
            return 0..0;
        }
        let from = self.spill.partition_point(|point| point.0.stretch(self.number) < line);
        let many = self.spill[from..].partition_point(|p| p.0.stretch(self.number) == line);
        from..from + many - 1
    }

    /// How many points a stretch has.
    fn many(&self, line: u32) -> usize {
        self.lines[line as usize].len() + self.spilled(line).len()
    }

    fn point(&self, location: Location) -> (P, Handle) {
        let line = &self.lines[location.line as usize];
        match location.at.checked_sub(line.len()) {
            None => (line.points()[location.at], line.owners()[location.at]),
            Some(at) => self.spill[self.spilled(location.line).start + at],
        }
    }

    /// The first point from a line on.
    fn from(&self, line: u32) -> Option<Location> {
        let line = (line..self.number).find(|line| self.lines[*line as usize].len() > 0)?;
        Some(Location { line, at: 0 })
    }

    fn first(&self) -> Option<Location> {
        self.from(0)
    }

    fn last(&self) -> Option<Location> {
        let line = (0..self.number).rfind(|line| self.lines[*line as usize].len() > 0)?;
        Some(Location { line, at: self.many(line) - 1 })
    }

    /// The point behind this one, around the ring.
    fn next(&self, location: Location) -> Option<Location> {
        if location.at + 1 < self.many(location.line) {
            return Some(Location { at: location.at + 1, ..location });
        }
        self.from(location.line + 1).or_else(|| self.first())
    }

    /// The point that a position belongs to.
    fn seek(&self, position: P) -> Option<Location> {
        let position = position.plus(self.more);
        let line = position.stretch(self.number);
        let here = &self.lines[line as usize];
        let mut at = here.below(position).min(here.len());
        if at == here.len() && here.is_over() {
            let spilled = &self.spill[self.spilled(line)];
            at += spilled.partition_point(|point| point.0 < position);
        }
        if at < self.many(line) {
            return Some(Location { line, at });
        }
        self.from(line + 1).or_else(|| match self.rules.wrap {
            Wrap::First | Wrap::Crossed => self.first(),
            Wrap::Last => self.last(),
        })
    }

    /// Every point in ascending order.
    fn points(&self) -> impl Iterator<Item = (P, Handle)> + '_ {
        self.lines.iter().zip(0..).flat_map(|(line, number)| {
            let here = line.points().iter().copied().zip(line.owners().iter().copied());
            here.chain(self.spill[self.spilled(number)].iter().copied())
        })
    }

    /// The few positions of which the line does not know the owner.
    #[cold]
    fn elsewhere(&self, position: P, handle: Handle) -> u32 {
        if handle == NONE {
            return NO_OWNER;
        }
        let at = self.spill.partition_point(|point| point.0 < position);
        self.server(self.spill[at].1)
    }

    #[inline]
    fn owner(&self, line: u32, position: P) -> u32 {
        let handle = self.lines[line as usize].owner(position);
        if handle < SPILLED { self.server(handle) } else { self.elsewhere(position, handle) }
    }
}

impl<P: RingPosition> Place<P> for Lines<P> {
    #[inline]
    fn place(&self, position: P) -> u32 {
        let position = position.plus(self.more);
        self.owner(position.stretch(self.number), position)
    }

    fn place_all(&self, positions: &[P], out: &mut [u32]) {
        if size_of_val(&*self.lines) <= NEAR {
            for (position, owner) in positions.iter().zip(out) {
                *owner = self.place(*position);
            }
            return;
        }
        let fetch = |position: P| {
            prefetch(&self.lines[position.plus(self.more).stretch(self.number) as usize]);
        };
        positions.iter().take(AHEAD).for_each(|position| fetch(*position));
        for (at, (position, owner)) in positions.iter().zip(out).enumerate() {
            if let Some(later) = positions.get(at + AHEAD) {
                fetch(*later);
            }
            *owner = self.place(*position);
        }
    }

    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32> {
        if cursor.steps as usize >= self.count {
            return None;
        }
        let location = if cursor.steps == 0 {
            self.seek(position)
        } else {
            // Written by the step before.
            let line = u32::try_from(cursor.at).ok()?;
            self.next(Location { line, at: usize::try_from(cursor.mark).ok()? })
        }?;
        cursor.at = u64::from(location.line);
        cursor.mark = location.at as u64;
        cursor.steps += 1;
        Some(self.server(self.point(location).1))
    }

    fn hit(&self, position: P) -> Option<Hit> {
        let (point, _) = self.point(self.seek(position)?);
        Some(self.rules.hit(point, position))
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        let points = self.points().map(|(point, handle)| (point, self.server(handle)));
        let above = match self.above() {
            NONE => NO_OWNER,
            handle => self.server(handle),
        };
        Some(Regions::of_stretches(space, stretches(points, self.more, above)))
    }

    fn order_matters(&self) -> bool {
        self.ties.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1)
    }

    fn memory(&self) -> usize {
        self.lines.capacity() * size_of::<LineFor<P>>()
            + (self.spill.capacity() + self.ties.capacity()) * size_of::<(P, Handle)>()
            + (self.numbers.capacity() + self.counts.capacity()) * size_of::<u32>()
    }
}
