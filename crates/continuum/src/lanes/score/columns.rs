//! Servers as the kernels read them, and what they write.

use super::LANES;
use crate::hash::word::low32;

/// A block of a column, vector by vector.
type Vectors<'a, T, const WIDTH: usize> = &'a [[T; WIDTH]];

/// What a score takes of each server, column by column. Columns are padded to
/// whole blocks of [`LANES`] by the last server: its copies score as it does and
/// come behind it, so that they never win.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    low: Box<[u32]>,
    high: Box<[u32]>,
    stretch: Box<[f32]>,
    /// Without the padding.
    len: usize,
}

impl Columns {
    /// A hash and a stretch for each server, in the order in which ties fall to
    /// them; fewer than 2³².
    pub(crate) fn new(servers: &[(u64, f32)]) -> Self {
        let padding = servers.len().next_multiple_of(LANES) - servers.len();
        let padded = || servers.iter().chain(servers.last().into_iter().cycle().take(padding));
        Self {
            low: padded().map(|one| low32(one.0)).collect(),
            high: padded().map(|one| low32(one.0 >> 32)).collect(),
            stretch: padded().map(|one| one.1).collect(),
            len: servers.len(),
        }
    }

    /// Some of the servers, by rank.
    pub(crate) fn only(&self, ranks: &[u32]) -> Self {
        let one = |rank: &u32| {
            let (low, high, stretch) = self.of(*rank);
            (u64::from(high) << 32 | u64::from(low), stretch)
        };
        Self::new(&ranks.iter().map(one).collect::<Vec<_>>())
    }

    /// Servers, the padding not counted.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Servers and padding.
    #[inline]
    pub(crate) fn padded(&self) -> usize {
        self.low.len()
    }

    /// Rank, halves of the hash and stretch of each server.
    #[inline]
    pub(super) fn each(&self) -> impl Iterator<Item = (u32, u32, u32, f32)> {
        let columns = self.low.iter().zip(&self.high).zip(&self.stretch);
        (0..)
            .zip(columns)
            .take(self.len)
            .map(|(rank, ((low, high), stretch))| (rank, *low, *high, *stretch))
    }

    /// Halves of the hash and stretch of the server of this rank.
    #[inline]
    pub(super) fn of(&self, rank: u32) -> (u32, u32, f32) {
        let rank = rank as usize;
        (self.low[rank], self.high[rank], self.stretch[rank])
    }

    /// Blocks of servers with their numbers, the last one padded, in vectors of
    /// `WIDTH`.
    #[inline]
    pub(super) fn blocks<const WIDTH: usize>(
        &self,
    ) -> impl Iterator<
        Item = (u32, Vectors<'_, u32, WIDTH>, Vectors<'_, u32, WIDTH>, Vectors<'_, f32, WIDTH>),
    > {
        let columns = self.low.as_chunks::<LANES>().0.iter().zip(self.high.as_chunks::<LANES>().0);
        let columns = columns.zip(self.stretch.as_chunks::<LANES>().0);
        (0..).zip(columns).map(|(block, ((low, high), stretch))| {
            (block, low.as_chunks().0, high.as_chunks().0, stretch.as_chunks().0)
        })
    }

    /// Bytes of heap.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.low) + size_of_val(&*self.high) + size_of_val(&*self.stretch)
    }
}

/// Keys that go through the servers together, and what comes of each.
pub(super) struct Block<const KEYS: usize> {
    pub(super) low: [u32; KEYS],
    pub(super) high: [u32; KEYS],
    pub(super) ranks: [u32; KEYS],
    pub(super) scores: [f32; KEYS],
    /// What no other server's score is below: of [`Many::Lowest`].
    pub(super) floors: [f32; KEYS],
}

impl<const KEYS: usize> Block<KEYS> {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            low: [0; KEYS],
            high: [0; KEYS],
            ranks: [0; KEYS],
            scores: [0.0; KEYS],
            floors: [0.0; KEYS],
        }
    }
}

/// What is wanted of a block of keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Many {
    /// The best server and its score.
    Best,
    /// The server of the lowest floor, its score, the floor of all others.
    Lowest,
    /// The scores of the servers that are named already.
    Chosen,
}

/// Of each lane the lowest of its servers, its block, and the next.
#[derive(Debug)]
pub(super) struct Lanes {
    pub(super) first: [f32; LANES],
    pub(super) second: [f32; LANES],
    pub(super) blocks: [u32; LANES],
}

impl Lanes {
    #[inline]
    pub(super) fn new() -> Self {
        Self { first: [0.0; LANES], second: [0.0; LANES], blocks: [0; LANES] }
    }
}

/// What is wanted of one key.
#[derive(Debug)]
pub(super) enum One<'a> {
    /// The best scores, among servers that score at most their limits.
    Best(Option<&'a [f32]>, &'a mut Lanes),
    /// The lowest floors, among servers whose floors are at most their limits.
    Lowest(Option<&'a [f32]>, &'a mut Lanes),
    /// The scores of the servers of the blocks from this one on, as many as fit.
    Scores(usize, &'a mut [f32]),
}
