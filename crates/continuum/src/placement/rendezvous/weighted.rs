//! Weighted rendezvous: every server scores a key; the lowest score owns it.
//!
//! A score is −log₂(u) / capacity, u drawn from (0, 1) by a hash of the key's 64
//! bits and the server's: an exponential variate whose rate is the capacity, so
//! that a server wins in proportion to its capacity, exactly, and no change of
//! another server changes its score.
//!
//! Every step is on 32-bit lanes: integer operations and single-precision
//! additions and multiplications, each rounded once (no fused multiply-add, no
//! library logarithm), so scalar code, any SIMD width and any language get the
//! same bits. Frozen: `docs/schemes/rendezvous-1.md` is the specification.
//!
//! The steps are in [`lanes::score`](crate::lanes::score), once for every
//! instruction set.

use crate::hash::word::low32;
use crate::lanes::Level;
use crate::lanes::score::{self as lanes, Columns, LANES};
use crate::placement::contract::{Cursor, Hit};
use crate::placement::hashed::Place;
use crate::placement::owner::NO_OWNER;

/// Servers whose scores are looked at together when all are: 1 KiB.
const CHUNK: usize = 16 * LANES;

/// A server that takes part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contender {
    /// A hash of the server's identity.
    pub(crate) hash: u64,
    /// More than 0.
    pub(crate) capacity: f64,
    /// Its number in the list.
    pub(crate) owner: u32,
}

/// A score with the server's rank behind it: the lower is better, and of equal
/// scores the lower rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scored(u64);

impl Scored {
    /// Worse than any.
    pub(crate) const LAST: Self = Self(u64::MAX);

    #[inline]
    pub(crate) fn new(score: u32, rank: u32) -> Self {
        Self(u64::from(score) << 32 | u64::from(rank))
    }

    /// The score's bits, which order as the scores do.
    #[inline]
    pub(crate) fn score(self) -> u32 {
        low32(self.0 >> 32)
    }

    #[inline]
    pub(crate) fn rank(self) -> u32 {
        low32(self.0)
    }
}

/// Servers that score keys, in the order in which ties fall to them.
pub(crate) struct Scores {
    columns: Columns,
    /// The largest exponent of a capacity: the scale of all scores.
    top: i32,
    /// By rank.
    owners: Box<[u32]>,
    /// Each server's share by capacity, by its number in the list.
    fair: Box<[f64]>,
}

/// A positive number as a 53-bit integer with its top bit set, and a power of
/// two: `integer · 2^(exponent − 52)`.
pub(crate) fn split(number: f64) -> (u64, i32) {
    debug_assert!(number > 0.0 && number.is_finite());
    let bits = number.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i32::from(u16::try_from(bits >> 52).unwrap_or(0));
    if exponent == 0 {
        // Below 2^-1022 the leading bit is not implied: shift it up.
        let up = fraction.leading_zeros() - 11;
        return (fraction << up, -1022 - up.cast_signed());
    }
    (fraction | 1 << 52, exponent - 1023)
}

/// What a logarithm is multiplied by: 2^`top` / capacity.
///
/// The power of two keeps every score in range and takes part in no rounding,
/// so that another `top` (a larger server came) changes no comparison. Beyond
/// 2^64 below the largest, where a server could win no key, it stays there.
fn stretch(capacity: f64, top: i32) -> f32 {
    let (integer, exponent) = split(capacity);
    let mantissa = f64::from_bits(integer & ((1 << 52) - 1) | 1023 << 52);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded once to single precision, by rule"
    )]
    let inverse = (1.0 / mantissa) as f32;
    let down = top.saturating_sub(exponent).clamp(0, 64).cast_unsigned();
    inverse * f32::from_bits((127 + down) << 23)
}

impl Scores {
    /// Servers in the order in which ties fall to them, of `count` in the list.
    pub(crate) fn new(contenders: &[Contender], count: usize) -> Self {
        let top = contenders.iter().map(|one| split(one.capacity).1).max().unwrap_or(0);
        let largest = contenders.iter().map(|one| one.capacity).fold(0.0, f64::max);
        // In tie order, so that every order of the list gives the same sum.
        let sum: f64 = contenders.iter().map(|one| one.capacity / largest).sum();
        let mut fair = vec![0.0; count];
        for one in contenders {
            fair[one.owner as usize] = one.capacity / largest / sum;
        }
        let columns: Vec<(u64, f32)> =
            contenders.iter().map(|one| (one.hash, stretch(one.capacity, top))).collect();
        Self {
            columns: Columns::new(&columns),
            top,
            owners: contenders.iter().map(|one| one.owner).collect(),
            fair: fair.into_boxed_slice(),
        }
    }

    /// How many servers take part.
    pub(crate) fn len(&self) -> usize {
        self.owners.len()
    }

    /// The list's number of the server of this rank.
    #[inline]
    pub(crate) fn owner(&self, rank: u32) -> u32 {
        self.owners.get(rank as usize).copied().unwrap_or(NO_OWNER)
    }

    /// What scores are in units of, as a power of two: two sets of one scale give
    /// a server the same scores.
    pub(crate) fn top(&self) -> i32 {
        self.top
    }

    /// Servers as kernels read them.
    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The best score at a key. O(servers).
    #[inline]
    pub(crate) fn best(&self, key: u64) -> Option<Scored> {
        (self.len() > 0).then(|| {
            let (score, rank) = lanes::best(Level::best(), &self.columns, key);
            Scored::new(score, rank)
        })
    }

    /// Hands over the score's bits and the rank of every server. O(servers).
    fn each(&self, key: u64, mut visit: impl FnMut(u32, u32)) {
        let level = Level::best();
        let mut scores = [0.0; CHUNK];
        let mut ranks = 0..low32(self.len() as u64);
        for from in (0..self.len().div_ceil(LANES)).step_by(CHUNK / LANES) {
            lanes::scores(level, &self.columns, key, from, &mut scores);
            for (score, rank) in scores.iter().zip(&mut ranks) {
                visit(score.to_bits(), rank);
            }
        }
    }

    /// The best score at a key among those that `accepts` a score and a rank.
    /// O(servers).
    pub(crate) fn best_where(&self, key: u64, accepts: impl Fn(u32, u32) -> bool) -> Scored {
        let mut best = Scored::LAST;
        self.each(key, |score, rank| {
            let scored = Scored::new(score, rank);
            if scored < best && accepts(score, rank) {
                best = scored;
            }
        });
        best
    }

    /// The next score behind a given one, in order. O(servers).
    pub(crate) fn next(&self, key: u64, behind: Option<Scored>) -> Option<Scored> {
        let next = self.best_where(key, |score, rank| {
            behind.is_none_or(|behind| Scored::new(score, rank) > behind)
        });
        (next != Scored::LAST).then_some(next)
    }

    /// Down the scores: as [`Place::step`].
    pub(crate) fn walk(&self, key: u64, cursor: &mut Cursor) -> Option<u32> {
        let behind = (cursor.mark > 0).then_some(Scored(cursor.at));
        let next = self.next(key, behind)?;
        cursor.steps += 1;
        (cursor.at, cursor.mark) = (next.0, 1);
        Some(self.owner(next.rank()))
    }

    /// Bytes of heap.
    pub(crate) fn memory(&self) -> usize {
        self.columns.memory() + size_of_val(&*self.owners) + size_of_val(&*self.fair)
    }
}

/// A position is the key.
impl Place<u64> for Scores {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.best(position).map_or(NO_OWNER, |scored| self.owner(scored.rank()))
    }

    fn place_all(&self, positions: &[u64], out: &mut [u32]) {
        if self.len() == 0 {
            out.fill(NO_OWNER);
            return;
        }
        lanes::best_of_all(Level::best(), &self.columns, positions, |at, _, rank| {
            out[at] = self.owner(rank);
        });
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        self.walk(position, cursor)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let mut scores: Vec<(u32, f64)> = Vec::with_capacity(self.len());
        self.each(position, |bits, rank| {
            scores.push((self.owner(rank), f64::from(f32::from_bits(bits))));
        });
        (!scores.is_empty()).then_some(Hit::Scores { scores, highest: false })
    }

    fn expected_shares(&self, _count: usize) -> Option<Vec<f64>> {
        Some(self.fair.to_vec())
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        Self::memory(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix64::splitmix64;

    fn contenders(capacities: &[f64]) -> Vec<Contender> {
        (0_u32..)
            .zip(capacities)
            .map(|(owner, capacity)| Contender {
                hash: splitmix64(u64::from(owner)),
                capacity: *capacity,
                owner,
            })
            .collect()
    }

    #[test]
    fn numbers_are_split_exactly() {
        assert_eq!(split(1.0), (1 << 52, 0));
        assert_eq!(split(6.0), (3 << 51, 2));
        assert_eq!(split(f64::MAX), ((1 << 53) - 1, 1023));
        assert_eq!(split(f64::MIN_POSITIVE), (1 << 52, -1022));
        assert_eq!(split(5e-324), (1 << 52, -1074));
    }

    #[test]
    fn every_way_to_score_agrees() {
        for count in [1, 2, 15, 16, 17, 40] {
            let capacities: Vec<f64> = (0..count).map(|n| 1.0 + f64::from(n % 5)).collect();
            let scores = Scores::new(&contenders(&capacities), capacities.len());
            let keys: Vec<u64> = (0..600).map(splitmix64).collect();
            let mut all = vec![0; keys.len()];
            scores.place_all(&keys, &mut all);
            for (key, owner) in keys.into_iter().zip(all) {
                let best = scores.best(key).unwrap();
                assert_eq!(scores.owner(best.rank()), owner);
                assert_eq!(scores.next(key, None), Some(best));
                let mut cursor = Cursor::default();
                let walk: Vec<u32> = std::iter::from_fn(|| scores.walk(key, &mut cursor)).collect();
                assert_eq!(walk.len(), capacities.len());
                assert_eq!(walk[0], scores.owner(best.rank()));
            }
        }
    }

    /// A server far larger than the others changes the scale of their scores
    /// and nothing else.
    #[test]
    fn a_larger_scale_changes_no_comparison() {
        let small = [1e-300, 3e-300, 2.5e-300, 1e-299];
        let mut large = small.to_vec();
        let alone = Scores::new(&contenders(&small), 4);
        for giant in [1e-290, 1e-280, 1.0, f64::MAX] {
            large.truncate(4);
            large.push(giant);
            let together = Scores::new(&contenders(&large), 5);
            for key in (0..2000).map(splitmix64) {
                let owner = together.place(key);
                assert!(owner == 4 || owner == alone.place(key));
            }
        }
    }

    #[test]
    fn nobody_scores_nothing() {
        let none = Scores::new(&[], 3);
        assert_eq!(none.place(1), NO_OWNER);
        assert_eq!(none.walk(1, &mut Cursor::default()), None);
        assert_eq!(*none.fair, [0.0; 3]);
    }
}
