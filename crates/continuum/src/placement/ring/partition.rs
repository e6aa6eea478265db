//! Partitions of a ring: neighbouring lines, so few that a build finds them in the
//! cache while it collects their points (radix partitioning).

use std::ops::Range;

use super::line::{BuilderOf as _, Handle, LineFor, LineOf, RingPosition, handle};
use super::point_list::PointList;

/// Lines of a partition: 2 to the power of this, which the first-level cache holds
/// while they are built.
const PARTITION: u32 = 8;

/// Points by partition, in each in the program's order: what then goes into its lines
/// finds them in the cache.
pub(super) struct Partitioned<P> {
    positions: Vec<P>,
    handles: Vec<Handle>,
    /// Where the points of each partition begin and end.
    ranges: Vec<Range<usize>>,
    /// Lines of the ring.
    number: u32,
}

impl<P: RingPosition> Partitioned<P> {
    pub(super) fn of(list: &PointList<P>, number: u32) -> Self {
        let partitions = number.div_ceil(1 << PARTITION) as usize;
        // Six standard deviations more than the mean: hashes of names that nobody
        // crafted fit, and need not be counted before.
        let mean = (list.len() << PARTITION) / number as usize + 1;
        let room = (mean + 6 * mean.isqrt()).min(list.len());
        let even: Vec<usize> = (0..=partitions).map(|at| at * room).collect();
        if let Some(partitioned) = Self::distribute(list, number, &even) {
            return partitioned;
        }
        let mut borders = vec![0; partitions + 1];
        for (_, run) in list.runs() {
            for position in run {
                borders[partition(*position, number) + 1] += 1;
            }
        }
        for at in 1..borders.len() {
            borders[at] += borders[at - 1];
        }
        Self::distribute(list, number, &borders)
            .unwrap_or_else(|| unreachable!("they were counted"))
    }

    /// Distributes the points over partitions that have the room between these borders; `None`
    /// if one has more points than that.
    fn distribute(list: &PointList<P>, number: u32, borders: &[usize]) -> Option<Self> {
        let room = *borders.last()?;
        let (mut positions, mut handles) = (vec![P::default(); room], vec![0; room]);
        let mut ends = borders[..borders.len() - 1].to_vec();
        for (owner, run) in list.runs() {
            let handle = handle(owner);
            for position in run {
                let at = partition(*position, number);
                let end = ends[at];
                if end == borders[at + 1] {
                    return None;
                }
                positions[end] = *position;
                handles[end] = handle;
                ends[at] = end + 1;
            }
        }
        let ranges = borders.iter().zip(ends).map(|(begin, end)| *begin..end).collect();
        Some(Self { positions, handles, ranges, number })
    }

    pub(super) fn count(&self) -> u32 {
        self.number.div_ceil(1 << PARTITION)
    }
}

/// The partition of a position.
#[inline]
fn partition<P: RingPosition>(position: P, number: u32) -> usize {
    (position.stretch(number) >> PARTITION) as usize
}

/// The points of a partition by line, in no order yet.
pub(super) struct PartitionLines<P: RingPosition> {
    builders: Vec<<LineFor<P> as LineOf<P>>::Builder>,
    /// The lines of the partition.
    lines: Range<u32>,
    /// The points that their lines have no room for, in ascending order.
    pub(super) over: Vec<(P, Handle)>,
}

// Each loop in a function of its own: in the midst of a build there are too few
// registers for it.
impl<P: RingPosition> PartitionLines<P> {
    pub(super) fn new() -> Self {
        let builders = vec![<LineFor<P> as LineOf<P>>::Builder::EMPTY; 1 << PARTITION];
        Self { builders, lines: 0..0, over: Vec::new() }
    }

    /// Takes in the points of a partition; those of the partition before have been left.
    #[inline(never)]
    pub(super) fn take(&mut self, partitions: &Partitioned<P>, partition: u32) {
        let (first, number) = (partition << PARTITION, partitions.number);
        self.lines = first..number.min(first.saturating_add(1 << PARTITION));
        self.over.clear();
        let range = partitions.ranges[partition as usize].clone();
        let points = partitions.positions[range.clone()].iter().zip(&partitions.handles[range]);
        let builders = &mut self.builders[..];
        for (position, handle) in points {
            let line = (position.stretch(number) - first) as usize;
            if !builders[line].push(*position, *handle) {
                self.over.push((*position, *handle));
            }
        }
        self.over.sort_by_key(|point| point.0);
    }

    /// Adds the lines of the partition, in order but neither closed nor looked at by the
    /// rules; which they are.
    #[inline(never)]
    pub(super) fn append_to(&mut self, lines: &mut Vec<LineFor<P>>) -> Range<u32> {
        for builders in &mut self.builders[..self.lines.len()] {
            lines.push(LineFor::<P>::EMPTY);
            if let Some(line) = lines.last_mut() {
                line.gather(builders);
            }
        }
        self.lines.clone()
    }
}
