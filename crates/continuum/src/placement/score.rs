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
//! The loops over [`LANES`] here are what the compiler vectorises; kernels for
//! one instruction set would take the place of [`Scores::lanes`] and
//! [`Scores::best_of_all`] alone.

use super::contract::{Cursor, Hit, NO_OWNER};
use super::hashed::Place;
use super::regions::{Regions, Space};
use crate::hash::word::low32;

/// Servers scored at once; the lists are padded to a multiple of it.
const LANES: usize = 16;

/// Keys that are scored at once when a table is filled: 4 KiB of state.
const KEYS: usize = 256;

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
pub(crate) struct Standing(u64);

impl Standing {
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
    low: Box<[u32]>,
    high: Box<[u32]>,
    stretch: Box<[f32]>,
    /// Without the padding.
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

/// 32 bits of a key's 64 and a server's 64: Chris Wellons' triple32 over the low
/// halves, the high halves entering after the first of its three rounds.
#[inline]
fn draw(key_low: u32, key_high: u32, low: u32, high: u32) -> u32 {
    let mut x = key_low ^ low;
    x ^= x >> 17;
    x = x.wrapping_mul(0xed5a_d4bb);
    x ^= x >> 11;
    x ^= key_high ^ high;
    x = x.wrapping_mul(0xac4c_1b51);
    x ^= x >> 15;
    x = x.wrapping_mul(0x3184_8bab);
    x ^ (x >> 14)
}

/// −log₂(1 − m/2) / m for m from 0 to 1, to 2.5·10⁻⁷: constant term first.
const LOG: [f32; 8] = [
    f32::from_bits(0x3f38_aa3a),
    f32::from_bits(0x3e38_ad46),
    f32::from_bits(0x3d75_3d78),
    f32::from_bits(0x3cc7_ca60),
    f32::from_bits(0x3b0e_e171),
    f32::from_bits(0x3c8b_5896),
    f32::from_bits(0xbc3f_51f2),
    f32::from_bits(0x3bd5_f496),
];

/// −log₂(1 − x) with x = (draw + ½) / 2³², always above 0.
///
/// Small values decide, and are exact to 24 bits: below one half x itself is
/// converted, above it 1 − x, whose exponent is the integer part.
#[inline]
fn negative_log(draw: u32) -> f32 {
    let sign = draw.cast_signed() >> 31;
    let near = draw.cast_signed() ^ sign;
    #[expect(clippy::cast_precision_loss, reason = "rounded to nearest, ties to even, everywhere")]
    let float = near as f32 + 0.5;
    let bits = float.to_bits().cast_signed();
    let below_half = float * f32::from_bits(0x3000_0000);
    let above_half = 2.0 - f32::from_bits((bits & 0x007f_ffff | 0x3f80_0000).cast_unsigned());
    let m = f32::from_bits(
        (below_half.to_bits().cast_signed() & !sign | above_half.to_bits().cast_signed() & sign)
            .cast_unsigned(),
    );
    let [c0, c1, c2, c3, c4, c5, c6, c7] = LOG;
    let mut sum = c7 * m + c6;
    sum = sum * m + c5;
    sum = sum * m + c4;
    sum = sum * m + c3;
    sum = sum * m + c2;
    sum = sum * m + c1;
    sum = sum * m + c0;
    #[expect(clippy::cast_precision_loss, reason = "from 0 to 32")]
    let whole = ((158 - (bits >> 23)) & sign) as f32;
    whole + sum * m
}

/// The bits of a score. Scores are positive, and positive floats order as their
/// bits do.
#[inline]
fn score(key_low: u32, key_high: u32, low: u32, high: u32, stretch: f32) -> i32 {
    (negative_log(draw(key_low, key_high, low, high)) * stretch).to_bits().cast_signed()
}

/// A choice without a branch, which the compiler would make one store a lane.
#[inline]
fn all_ones_if(yes: bool) -> i32 {
    -i32::from(yes)
}

/// The bits of what no score reaches: infinity, which padding has too.
const NEVER: i32 = 0x7f80_0000;

impl Scores {
    /// Servers in the order in which ties fall to them, of `count` in the list.
    pub(crate) fn new(contenders: &[Contender], count: usize) -> Self {
        let top = contenders.iter().map(|one| split(one.capacity).1).max().unwrap_or(0);
        let padding = contenders.len().next_multiple_of(LANES) - contenders.len();
        let words = |word: fn(&Contender) -> u32| -> Box<[u32]> {
            contenders.iter().map(word).chain(std::iter::repeat_n(0, padding)).collect()
        };
        let largest = contenders.iter().map(|one| one.capacity).fold(0.0, f64::max);
        // In tie order, so that every order of the list gives the same sum.
        let sum: f64 = contenders.iter().map(|one| one.capacity / largest).sum();
        let mut fair = vec![0.0; count];
        for one in contenders {
            fair[one.owner as usize] = one.capacity / largest / sum;
        }
        Self {
            low: words(|one| low32(one.hash)),
            high: words(|one| low32(one.hash >> 32)),
            stretch: contenders
                .iter()
                .map(|one| stretch(one.capacity, top))
                .chain(std::iter::repeat_n(f32::INFINITY, padding))
                .collect(),
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

    /// The scores of the servers from `from` on, a multiple of [`LANES`].
    #[inline]
    fn lanes(&self, key: u64, from: usize) -> [i32; LANES] {
        let (key_low, key_high) = (low32(key), low32(key >> 32));
        let low = &self.low[from..from + LANES];
        let high = &self.high[from..from + LANES];
        let stretch = &self.stretch[from..from + LANES];
        let mut scores = [0; LANES];
        for lane in 0..LANES {
            scores[lane] = score(key_low, key_high, low[lane], high[lane], stretch[lane]);
        }
        scores
    }

    /// The best standing at a key. O(servers).
    #[inline]
    pub(crate) fn best(&self, key: u64) -> Option<Standing> {
        let mut scores = [NEVER; LANES];
        let mut blocks = [0_i32; LANES];
        for (block, from) in (0_i32..).zip((0..self.low.len()).step_by(LANES)) {
            let new = self.lanes(key, from);
            for lane in 0..LANES {
                let better = all_ones_if(new[lane] < scores[lane]);
                scores[lane] ^= (scores[lane] ^ new[lane]) & better;
                blocks[lane] ^= (blocks[lane] ^ block) & better;
            }
        }
        (0_u32..)
            .zip(scores.into_iter().zip(blocks))
            .map(|(lane, (score, block))| {
                // LANES is 16.
                Standing::new(score.cast_unsigned(), block.cast_unsigned() << 4 | lane)
            })
            .min()
            .filter(|_| self.len() > 0)
    }

    /// The best standing at a key among those that `accepts` a score and a rank.
    /// O(servers).
    pub(crate) fn best_where(&self, key: u64, accepts: impl Fn(u32, u32) -> bool) -> Standing {
        let mut best = Standing::LAST;
        let mut rank = 0_u32;
        for from in (0..self.low.len()).step_by(LANES) {
            for score in self.lanes(key, from) {
                let standing = Standing::new(score.cast_unsigned(), rank);
                if standing < best
                    && (rank as usize) < self.len()
                    && accepts(score.cast_unsigned(), rank)
                {
                    best = standing;
                }
                rank += 1;
            }
        }
        best
    }

    /// The next standing behind a given one, in order. O(servers).
    pub(crate) fn next(&self, key: u64, behind: Option<Standing>) -> Option<Standing> {
        let next = self.best_where(key, |score, rank| {
            behind.is_none_or(|behind| Standing::new(score, rank) > behind)
        });
        (next != Standing::LAST).then_some(next)
    }

    /// As [`best`](Self::best) for many keys; there must be a server.
    /// O(keys · servers), one server at a time over a block of keys.
    pub(crate) fn best_of_all(&self, keys: impl Iterator<Item = u64>) -> Vec<Standing> {
        let mut keys = keys.peekable();
        let mut standings = Vec::with_capacity(keys.size_hint().0);
        let (mut lows, mut highs) = ([0_u32; KEYS], [0_u32; KEYS]);
        while keys.peek().is_some() {
            let mut count = 0;
            for (at, key) in keys.by_ref().take(KEYS).enumerate() {
                (lows[at], highs[at]) = (low32(key), low32(key >> 32));
                count = at + 1;
            }
            let mut scores = [NEVER; KEYS];
            let mut ranks = [0_i32; KEYS];
            for rank in 0..self.len() {
                let (low, high) = (self.low[rank], self.high[rank]);
                let stretch = self.stretch[rank];
                let number = low32(rank as u64).cast_signed();
                for at in 0..KEYS {
                    let new = score(lows[at], highs[at], low, high, stretch);
                    let better = all_ones_if(new < scores[at]);
                    scores[at] ^= (scores[at] ^ new) & better;
                    ranks[at] ^= (ranks[at] ^ number) & better;
                }
            }
            standings.extend(
                scores[..count].iter().zip(&ranks).map(|(score, rank)| {
                    Standing::new(score.cast_unsigned(), rank.cast_unsigned())
                }),
            );
        }
        standings
    }

    /// Down the scores: as [`Place::step`].
    pub(crate) fn walk(&self, key: u64, cursor: &mut Cursor) -> Option<u32> {
        let behind = (cursor.mark > 0).then_some(Standing(cursor.at));
        let next = self.next(key, behind)?;
        cursor.steps += 1;
        (cursor.at, cursor.mark) = (next.0, 1);
        Some(self.owner(next.rank()))
    }

    /// Bytes of heap.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.low)
            + size_of_val(&*self.high)
            + size_of_val(&*self.stretch)
            + size_of_val(&*self.owners)
            + size_of_val(&*self.fair)
    }
}

/// A position is the key.
impl Place<u64> for Scores {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.best(position).map_or(NO_OWNER, |standing| self.owner(standing.rank()))
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        self.walk(position, cursor)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let scores: Vec<(u32, f64)> = (0..self.low.len())
            .step_by(LANES)
            .flat_map(|from| self.lanes(position, from))
            .zip(&self.owners)
            .map(|(bits, owner)| (*owner, f64::from(f32::from_bits(bits.cast_unsigned()))))
            .collect();
        (!scores.is_empty()).then_some(Hit::Scores { scores, highest: false })
    }

    fn regions(&self, _space: Space) -> Option<Regions> {
        None
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
    fn the_logarithm_is_close_and_falls_nowhere_by_much() {
        let exact = |draw: u32| {
            let x = (f64::from(draw) + 0.5) / 4_294_967_296.0;
            // ln(1 − x) as −2·artanh(x / (2 − x)): a series, as the lints wish.
            let t = x / (2.0 - x);
            let (mut term, mut sum, mut odd) = (t, 0.0, 1.0);
            while term / odd > 1e-18 {
                sum += term / odd;
                term *= t * t;
                odd += 2.0;
            }
            2.0 * sum / std::f64::consts::LN_2
        };
        let mut worst: f64 = 0.0;
        for draw in (0..2000)
            .chain((0..4000).map(|step| step * 1_000_003))
            .chain((0..2000).map(|step| (1 << 31) - 1000 + step))
        {
            let log = f64::from(negative_log(draw));
            worst = worst.max((log / exact(draw) - 1.0).abs());
        }
        assert!(worst < 4e-7, "{worst}");
        assert!(negative_log(0) > 0.0);
        assert_eq!(negative_log(u32::MAX).to_bits(), 33.0_f32.to_bits());
    }

    #[test]
    fn every_way_to_score_agrees() {
        for count in [1, 2, 15, 16, 17, 40] {
            let capacities: Vec<f64> = (0..count).map(|n| 1.0 + f64::from(n % 5)).collect();
            let scores = Scores::new(&contenders(&capacities), capacities.len());
            let keys: Vec<u64> = (0..600).map(splitmix64).collect();
            let all = scores.best_of_all(keys.iter().copied());
            assert_eq!(all.len(), keys.len());
            for (key, best) in keys.into_iter().zip(all) {
                assert_eq!(scores.best(key), Some(best));
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
