//! Regions of a ring: neighbouring lines, so few that a build finds them in the
//! cache while it gathers their points.

use std::ops::Range;

use super::line::{LineOf, LooseOf as _, Seat};
use super::lines::{LineFor, seat};
use super::made::Made;
use crate::placement::position::Position;

/// Lines of a region: 2 to the power of this, which the first-level cache holds
/// while they are loose.
const REGION: u32 = 8;

/// Points by region, in each in the program's order: what then goes into its lines
/// finds them in the cache.
pub(super) struct Regional<P> {
    positions: Vec<P>,
    seats: Vec<Seat>,
    /// Where the points of each region begin and end.
    ranges: Vec<Range<usize>>,
    /// Lines of the ring.
    number: u32,
}

impl<P: Position> Regional<P> {
    pub(super) fn of(made: &Made<P>, number: u32) -> Self {
        let regions = number.div_ceil(1 << REGION) as usize;
        // Six standard deviations more than the mean: hashes of names that nobody
        // crafted fit, and need not be counted before.
        let mean = (made.len() << REGION) / number as usize + 1;
        let room = (mean + 6 * mean.isqrt()).min(made.len());
        let even: Vec<usize> = (0..=regions).map(|at| at * room).collect();
        if let Some(dealt) = Self::dealt(made, number, &even) {
            return dealt;
        }
        let mut borders = vec![0; regions + 1];
        for (_, run) in made.runs() {
            for position in run {
                borders[region(*position, number) + 1] += 1;
            }
        }
        for at in 1..borders.len() {
            borders[at] += borders[at - 1];
        }
        Self::dealt(made, number, &borders).unwrap_or_else(|| unreachable!("they were counted"))
    }

    /// Deals the points to regions that have the room between these borders; `None`
    /// if one has more points than that.
    fn dealt(made: &Made<P>, number: u32, borders: &[usize]) -> Option<Self> {
        let room = *borders.last()?;
        let (mut positions, mut seats) = (vec![P::default(); room], vec![0; room]);
        let mut ends = borders[..borders.len() - 1].to_vec();
        for (owner, run) in made.runs() {
            let seat = seat(owner);
            for position in run {
                let at = region(*position, number);
                let end = ends[at];
                if end == borders[at + 1] {
                    return None;
                }
                positions[end] = *position;
                seats[end] = seat;
                ends[at] = end + 1;
            }
        }
        let ranges = borders.iter().zip(ends).map(|(begin, end)| *begin..end).collect();
        Some(Self { positions, seats, ranges, number })
    }

    pub(super) fn count(&self) -> u32 {
        self.number.div_ceil(1 << REGION)
    }
}

/// The region of a position.
#[inline]
fn region<P: Position>(position: P, number: u32) -> usize {
    (position.stretch(number) >> REGION) as usize
}

/// The points of a region by line, in no order yet.
pub(super) struct Gathered<P: Position> {
    loose: Vec<<LineFor<P> as LineOf<P>>::Loose>,
    /// The lines of the region.
    lines: Range<u32>,
    /// The points that their lines have no room for, in ascending order.
    pub(super) over: Vec<(P, Seat)>,
}

// Each loop in a function of its own: in the midst of a build there are too few
// registers for it.
impl<P: Position> Gathered<P> {
    pub(super) fn new() -> Self {
        let loose = vec![<LineFor<P> as LineOf<P>>::Loose::EMPTY; 1 << REGION];
        Self { loose, lines: 0..0, over: Vec::new() }
    }

    /// Takes in the points of a region; those of the region before have been left.
    #[inline(never)]
    pub(super) fn take(&mut self, regions: &Regional<P>, region: u32) {
        let (first, number) = (region << REGION, regions.number);
        self.lines = first..number.min(first.saturating_add(1 << REGION));
        self.over.clear();
        let range = regions.ranges[region as usize].clone();
        let points = regions.positions[range.clone()].iter().zip(&regions.seats[range]);
        let loose = &mut self.loose[..];
        for (position, seat) in points {
            let line = (position.stretch(number) - first) as usize;
            if !loose[line].push(*position, *seat) {
                self.over.push((*position, *seat));
            }
        }
        self.over.sort_by_key(|point| point.0);
    }

    /// Adds the lines of the region, in order but neither closed nor looked at by the
    /// rules; which they are.
    #[inline(never)]
    pub(super) fn leave_in(&mut self, lines: &mut Vec<LineFor<P>>) -> Range<u32> {
        for loose in &mut self.loose[..self.lines.len()] {
            lines.push(LineFor::<P>::EMPTY);
            if let Some(line) = lines.last_mut() {
                line.gather(loose);
            }
        }
        self.lines.clone()
    }
}
