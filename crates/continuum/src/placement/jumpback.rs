//! Numbered buckets without a table: Otmar Ertl's JumpBackHash (2024), and the
//! same with buckets that may be missing.

use super::contract::{Cursor, Hit, NO_OWNER};
use super::hashed::Place;
use super::regions::{Regions, Space};
use crate::hash::splitmix64::{GAMMA, mix};
use crate::hash::word::low32;

/// A generator of random numbers as JumpBackHash uses one: a state made of the
/// key, and an output of each state.
pub(crate) trait Draws: Send + Sync + 'static {
    /// The state whose output is the first number.
    fn start(key: u64) -> u64;
    /// The state behind a state.
    fn advance(state: u64) -> u64;
    /// A state's number.
    fn output(state: u64) -> u64;
}

/// `SplitMix64` seeded with the key.
pub(crate) struct SplitMix64;

impl Draws for SplitMix64 {
    #[inline]
    fn start(key: u64) -> u64 {
        key.wrapping_add(GAMMA)
    }

    #[inline]
    fn advance(state: u64) -> u64 {
        state.wrapping_add(GAMMA)
    }

    #[inline]
    fn output(state: u64) -> u64 {
        mix(state)
    }
}

/// Xorshift by 7 left and 9 right, from the key itself on: hash4j's faster
/// variant. Its numbers depend on each other: keys of a bucket that goes are
/// dealt unevenly to the others.
pub(crate) struct Xorshift;

impl Draws for Xorshift {
    #[inline]
    fn start(key: u64) -> u64 {
        key
    }

    #[inline]
    fn advance(state: u64) -> u64 {
        let state = state ^ (state << 7);
        state ^ (state >> 9)
    }

    #[inline]
    fn output(state: u64) -> u64 {
        state
    }
}

/// The bucket of a key, below `buckets`; [`NO_OWNER`] when there is none. At most
/// 2³¹ − 1 buckets, as in Java; more count as that many. O(1) in the mean.
#[inline]
pub(crate) fn jumpback<D: Draws>(key: u64, buckets: u32) -> u32 {
    let buckets = buckets.min(u32::MAX >> 1);
    if buckets <= 1 {
        return if buckets == 0 { NO_OWNER } else { 0 };
    }
    let mut state = D::start(key);
    let first = D::output(state);
    let halves = [low32(first), low32(first >> 32)];
    // One bit for each power of two at which the key jumps into the next range.
    let mut jumps = (halves[0] ^ halves[1]) & (u32::MAX >> (buckets - 1).leading_zeros());
    while jumps != 0 {
        let range = 1 << (31 - jumps.leading_zeros());
        let half = halves[(jumps.count_ones() & 1) as usize];
        let bucket = range + (half & (range - 1));
        if bucket < buckets {
            return bucket;
        }
        // Only in the topmost range: draw from twice its size until below.
        'draw: loop {
            state = D::advance(state);
            let next = D::output(state);
            for half in [low32(next), low32(next >> 32)] {
                let bucket = half & ((range << 1) - 1);
                if bucket < range {
                    break 'draw;
                }
                if bucket < buckets {
                    return bucket;
                }
            }
        }
        jumps ^= range;
    }
    0
}

/// The key of the draw number `draw`: the key itself, then outputs of the mixer
/// of `SplitMix64` along a sequence of its own.
#[inline]
fn redraw(key: u64, draw: u32) -> u64 {
    if draw == 0 {
        key
    } else {
        mix(key.wrapping_add(u64::from(draw).wrapping_mul(0xd134_2543_de82_ef95)))
    }
}

/// Draws after which a walk goes over the buckets in their order instead. By
/// then one bucket in three thousand is still unnamed.
fn most_draws(buckets: u32) -> u32 {
    buckets.saturating_mul(8).saturating_add(64)
}

/// Servers 0 to `buckets` − 1 as buckets.
pub(crate) struct Jumpback {
    buckets: u32,
    rule: fn(u64, u32) -> u32,
}

impl Jumpback {
    /// `rule` is [`jumpback`] over one of its generators.
    pub(crate) fn new(buckets: u32, rule: fn(u64, u32) -> u32) -> Self {
        Self { buckets, rule }
    }
}

impl Place<u64> for Jumpback {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        (self.rule)(position, self.buckets)
    }

    /// The buckets of one draw after another.
    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let draw = cursor.steps;
        if self.buckets == 0 || draw >= most_draws(self.buckets) {
            return None;
        }
        cursor.steps += 1;
        Some((self.rule)(redraw(position, draw), self.buckets))
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let bucket = self.place(position);
        (bucket != NO_OWNER).then(|| Hit::Bucket { bucket: bucket.into(), of: self.buckets.into() })
    }

    fn regions(&self, _space: Space) -> Option<Regions> {
        None
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        #[expect(clippy::cast_precision_loss, reason = "at most 2^32 servers")]
        let share = 1.0 / count as f64;
        Some(vec![share; count])
    }

    fn order_matters(&self) -> bool {
        self.buckets > 1
    }

    fn memory(&self) -> usize {
        0
    }
}

/// Buckets of which any may be missing: a key's draws lead to one bucket after
/// another, and it belongs to the first that is there.
///
/// A bucket that comes or goes changes no draw, so it moves only keys to or from
/// itself, in any order of changes, and nothing but the set is to be known.
pub(crate) struct Holes {
    /// A bit a bucket: whether it is there. 32 times denser than the owners, so
    /// that draws which miss stay in the cache.
    live: Box<[u64]>,
    /// The server of each bucket, or [`NO_OWNER`].
    owners: Box<[u32]>,
    buckets: u32,
    count: u32,
}

impl Holes {
    /// At most 2³¹ − 1 buckets, each with its server or [`NO_OWNER`].
    pub(crate) fn new(owners: Vec<u32>) -> Self {
        let mut live = vec![0_u64; owners.len().div_ceil(64)];
        let mut count = 0;
        for (bucket, _) in owners.iter().enumerate().filter(|(_, owner)| **owner != NO_OWNER) {
            live[bucket / 64] |= 1 << (bucket % 64);
            count += 1;
        }
        let buckets = u32::try_from(owners.len()).unwrap_or(u32::MAX);
        Self { live: live.into_boxed_slice(), owners: owners.into_boxed_slice(), buckets, count }
    }

    #[inline]
    fn is_live(&self, bucket: u32) -> bool {
        self.live[bucket as usize / 64] >> (bucket % 64) & 1 == 1
    }

    /// The first live bucket at or behind a place of the key's sequence, and the
    /// place behind it: the draws, then all buckets in their order.
    #[inline]
    fn next(&self, key: u64, mut at: u32) -> Option<(u32, u32)> {
        if self.count == 0 {
            return None;
        }
        let draws = most_draws(self.buckets);
        while at < draws {
            let bucket = jumpback::<SplitMix64>(redraw(key, at), self.buckets);
            at += 1;
            if self.is_live(bucket) {
                return Some((bucket, at));
            }
        }
        let bucket = (at - draws..self.buckets).find(|bucket| self.is_live(*bucket))?;
        Some((bucket, draws + bucket + 1))
    }
}

impl Place<u64> for Holes {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.next(position, 0).map_or(NO_OWNER, |(bucket, _)| self.owners[bucket as usize])
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let (bucket, at) = self.next(position, cursor.steps)?;
        cursor.steps = at;
        Some(self.owners[bucket as usize])
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let (bucket, _) = self.next(position, 0)?;
        Some(Hit::Bucket { bucket: bucket.into(), of: self.buckets.into() })
    }

    fn regions(&self, _space: Space) -> Option<Regions> {
        None
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; count];
        for owner in self.owners.iter().filter(|owner| **owner != NO_OWNER) {
            shares[*owner as usize] = 1.0 / f64::from(self.count);
        }
        Some(shares)
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.live) + size_of_val(&*self.owners)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_buckets_no_owner() {
        assert_eq!(jumpback::<SplitMix64>(1, 0), NO_OWNER);
        assert_eq!(jumpback::<Xorshift>(0, u32::MAX), 0);
        assert!(jumpback::<SplitMix64>(1, u32::MAX) < u32::MAX >> 1);
        let none = Holes::new(vec![NO_OWNER; 100]);
        assert_eq!(none.place(7), NO_OWNER);
        assert_eq!(none.step(7, &mut Cursor::default()), None);
    }

    /// Java's `SplittableRandom`, as far as the checksum needs it.
    struct Java(u64);

    impl Java {
        fn seed(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(GAMMA);
            self.0
        }

        fn long(&mut self) -> u64 {
            let seed = self.seed();
            mix(seed)
        }

        fn int(&mut self) -> u32 {
            let mut z = self.seed();
            z = (z ^ (z >> 33)).wrapping_mul(0x62a9_d9ed_7997_05f5);
            low32((z ^ (z >> 28)).wrapping_mul(0xcb24_d0a5_c88c_35b3) >> 32)
        }
    }

    /// komihash 5.0 (Aleksey Vaneev) with seed 0 of a text whose length is a
    /// multiple of 64.
    fn komihash(text: &[u8]) -> u64 {
        let wide = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            (
                u64::try_from(product & u128::from(u64::MAX)).unwrap(),
                u64::try_from(product >> 64).unwrap(),
            )
        };
        let round = |one: &mut u64, five: &mut u64| {
            let (low, high) = wide(*one, *five);
            *five = five.wrapping_add(high);
            *one = low ^ *five;
        };
        let (mut one, mut five) = (0x243f_6a88_85a3_08d3_u64, 0x4528_21e6_38d0_1377_u64);
        round(&mut one, &mut five);
        let mut left = [
            one,
            0x1319_8a2e_0370_7344 ^ one,
            0xa409_3822_299f_31d0 ^ one,
            0x082e_fa98_ec4e_6c89 ^ one,
        ];
        let mut right = [
            five,
            0xbe54_66cf_34e9_0c6c ^ five,
            0xc0ac_29b7_c97c_50dd ^ five,
            0x3f84_d5b5_b547_0917 ^ five,
        ];
        for block in text.chunks_exact(64) {
            let word =
                |at: usize| u64::from_le_bytes(block[at * 8..at * 8 + 8].try_into().unwrap());
            for lane in 0..4 {
                let (low, high) = wide(left[lane] ^ word(lane), right[lane] ^ word(lane + 4));
                left[lane] = low;
                right[lane] = right[lane].wrapping_add(high);
            }
            for lane in 0..4 {
                left[(lane + 1) % 4] ^= right[lane];
            }
        }
        five = right.into_iter().fold(0, |all, one| all ^ one);
        one = left.into_iter().fold(0, |all, one| all ^ one);
        let (low, high) = wide(one ^ 1, five);
        five = five.wrapping_add(high);
        one = low ^ five;
        round(&mut one, &mut five);
        one
    }

    /// The checksums of hash4j's own tests: a million numbers of buckets, as
    /// four little-endian bytes each, hashed.
    #[test]
    fn the_checksums_of_hash4j() {
        let checksum = |rule: fn(u64, u32) -> u32| {
            let mut random = Java(0x0a55_871a_9d91_03b7);
            let mut text = Vec::with_capacity(4_000_000);
            for _ in 0..1_000_000 {
                let wide = random.int() >> 1;
                let buckets = (wide >> (random.int() & 31)).max(1);
                text.extend(rule(random.long(), buckets).to_le_bytes());
            }
            komihash(&text)
        };
        assert_eq!(checksum(jumpback::<SplitMix64>), 0x23d7_a0d2_88cd_67e7);
        assert_eq!(checksum(jumpback::<Xorshift>), 0x4230_b4d4_6f27_1c99);
    }

    /// 2,000 keys by 29 numbers of buckets, as hash4j answered.
    #[test]
    fn the_answers_of_hash4j() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/jumpback_jump_golden.txt");
        let text = std::fs::read_to_string(file).unwrap();
        let mut rows = 0;
        for line in text.lines() {
            let row: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
            let [key, buckets, xorshift, splitmix, _] = row[..] else { panic!("{line}") };
            let buckets = u32::try_from(buckets).unwrap();
            assert_eq!(u64::from(jumpback::<Xorshift>(key, buckets)), xorshift, "{line}");
            assert_eq!(u64::from(jumpback::<SplitMix64>(key, buckets)), splitmix, "{line}");
            rows += 1;
        }
        assert_eq!(rows, 58_000);
    }

    #[test]
    fn holes_without_a_hole_are_jumpback() {
        for buckets in [1_u32, 2, 3, 64, 100] {
            let holes = Holes::new((0..buckets).collect());
            for key in (0..2000).map(mix) {
                assert_eq!(holes.place(key), jumpback::<SplitMix64>(key, buckets));
            }
        }
    }

    #[test]
    fn a_walk_names_every_live_bucket() {
        for live in [1, 2, 50, 100] {
            let holes = Holes::new((0..100).map(|b| if b < live { b } else { NO_OWNER }).collect());
            for key in 0..50 {
                let mut cursor = Cursor::default();
                let mut seen = vec![false; live as usize];
                let mut first = None;
                while let Some(owner) = holes.step(key, &mut cursor) {
                    first.get_or_insert(owner);
                    seen[owner as usize] = true;
                }
                assert!(seen.into_iter().all(|seen| seen));
                assert_eq!(first, Some(holes.place(key)));
            }
        }
    }
}
