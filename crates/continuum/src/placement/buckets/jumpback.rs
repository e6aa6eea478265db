//! Numbered buckets without a table: Otmar Ertl's JumpBackHash (2024).

use std::hint::select_unpredictable;
use std::marker::PhantomData;

use super::numbered::{BucketHash, ROUND};
use crate::hash::splitmix64::{GAMMA, mix};
use crate::hash::word::low32;
use crate::placement::owner::NO_OWNER;

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
///
/// The rule as it is published. The forms below give its answers with fewer
/// branches.
#[cfg(test)]
pub(super) fn jumpback<D: Draws>(key: u64, buckets: u32) -> u32 {
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

/// The bits in which the halves of a number differ.
#[inline]
fn differing(number: u64) -> u32 {
    low32(number ^ (number >> 32))
}

/// A number whose lower half is the one that a place is made of: the upper half of
/// `number`, if the jumps are odd.
///
/// The number, and its halves' difference or nothing: a choice of one instruction,
/// where one between the halves is compiled into four.
#[inline]
fn half(number: u64, jumps: u32) -> u64 {
    let even = jumps.count_ones() & 1 == 0;
    number ^ select_unpredictable(even, 0, number ^ (number >> 32))
}

/// The place a key jumps to first, were there as many buckets as the topmost
/// range has: `jumps` has a bit for each range that the key jumps into.
#[inline]
fn landing(half: u64, jumps: u32) -> u32 {
    // The bits below the topmost jump are shifted up, a bit is set above them, and
    // all are shifted back: by 32, to nothing, where there is no jump.
    let unused = jumps.leading_zeros();
    let bits = low32(half << unused) | 1 << 31;
    low32(u64::from(bits) >> unused)
}

/// How seldom a key's first place is none: for 1 − n / 2t of the keys, t being the
/// topmost range. A wrong guess of the CPU's costs as much as some draws.
#[derive(Clone, Copy, PartialEq)]
enum Miss {
    /// Up to a 32nd: to look at all keys of a batch twice costs more.
    Hardly,
    /// Up to 5 in 32: to draw for every key costs more.
    Seldom,
    Often,
}

/// Some buckets, as [`jumpback`] sees them.
pub(crate) struct Ranges {
    buckets: u32,
    /// The topmost range, whose buckets need not all be there.
    top: u32,
    /// One bit a range.
    mask: u32,
    miss: Miss,
}

impl Ranges {
    fn of(buckets: u32) -> Self {
        let buckets = buckets.min(u32::MAX >> 1);
        // No range where there is one bucket or none.
        let mask = u32::MAX.checked_shr(buckets.saturating_sub(1).leading_zeros()).unwrap_or(0);
        let (there, all) = (u64::from(buckets), u64::from(mask) + 1);
        let miss = if there * 32 >= all * 31 {
            Miss::Hardly
        } else if there * 32 >= all * 27 {
            Miss::Seldom
        } else {
            Miss::Often
        };
        Self { buckets, top: mask ^ mask >> 1, mask, miss }
    }

    #[inline]
    fn jumps(&self, number: u64) -> u32 {
        differing(number) & self.mask
    }

    /// The first of two further places that is below the number of buckets, or one
    /// that is not.
    #[inline]
    fn draw(&self, number: u64) -> u32 {
        let [one, two] = [low32(number), low32(number >> 32)].map(|half| half & self.mask);
        select_unpredictable(one < self.buckets, one, two)
    }

    /// The bucket that such a place stands for: itself, if in the topmost range; else
    /// where the key jumps to first below that range.
    #[inline]
    fn settle(&self, place: u32, lower: u32) -> u32 {
        select_unpredictable(place < self.top, lower, place)
    }
}

/// [`jumpback`] where a key's first place is seldom none.
#[inline]
fn direct<D: Draws>(key: u64, ranges: &Ranges) -> u32 {
    let state = D::start(key);
    let first = D::output(state);
    let jumps = ranges.jumps(first);
    let place = landing(half(first, jumps), jumps);
    if place < ranges.buckets {
        return place;
    }
    let jumps = jumps & !ranges.top;
    further::<D>(state, landing(half(first, jumps), jumps), ranges)
}

/// What the draws behind `state` lead to. Out of line: it is seldom needed, and
/// would take registers from what always is.
#[cold]
#[inline(never)]
fn further<D: Draws>(mut state: u64, lower: u32, ranges: &Ranges) -> u32 {
    if ranges.buckets == 0 {
        return NO_OWNER;
    }
    loop {
        state = D::advance(state);
        let place = ranges.draw(D::output(state));
        if place < ranges.buckets {
            return ranges.settle(place, lower);
        }
    }
}

/// [`jumpback`] with few branches, where a key's first place is often none: two
/// numbers are drawn before it is known whether they are needed.
#[inline]
fn lean<D: Draws>(key: u64, ranges: &Ranges) -> u32 {
    let state = D::start(key);
    let first = D::output(state);
    let within = ranges.mask >> 1;
    let jumps = ranges.jumps(first) & within;
    let half = half(first, jumps);
    let lower = landing(half, jumps);
    // One jump more leads into the topmost range, by the other half. Without that
    // jump this is some place below, which stands for `lower` as well.
    let place = (low32(half) ^ differing(first)) & within | differing(first) & ranges.top;
    let state = D::advance(state);
    let draw = ranges.draw(D::output(state));
    let place = select_unpredictable(place < ranges.buckets, place, draw);
    let bucket = ranges.settle(place, lower);
    if place < ranges.buckets { bucket } else { further::<D>(state, lower, ranges) }
}

/// [`jumpback`] over a generator as a rule of buckets.
pub(crate) struct JumpBack<D>(PhantomData<D>);

impl<D: Draws> BucketHash for JumpBack<D> {
    const STEP: u64 = 0xd134_2543_de82_ef95;

    type Buckets = Ranges;

    fn buckets(count: u32) -> Ranges {
        Ranges::of(count)
    }

    // The two forms together are more than the compiler takes into a caller's loop by
    // itself, and a call costs what the forms save.
    #[inline(always)]
    fn bucket(key: u64, ranges: &Ranges) -> u32 {
        if ranges.miss == Miss::Often { lean::<D>(key, ranges) } else { direct::<D>(key, ranges) }
    }

    /// First the first places of all keys, then further draws of those whose place
    /// is none, until there are none of these: no step depends on an unforeseeable
    /// branch. One key after another where hardly a place is none.
    fn round(keys: &[u64], ranges: &Ranges, out: &mut [u32]) {
        if ranges.buckets == 0 {
            out.fill(NO_OWNER);
            return;
        }
        if ranges.miss == Miss::Hardly {
            for (key, out) in keys.iter().zip(out) {
                *out = direct::<D>(*key, ranges);
            }
            return;
        }
        let mut places = [0_usize; ROUND];
        let mut left = 0;
        for (at, (key, out)) in keys.iter().zip(&mut *out).enumerate() {
            let first = D::output(D::start(*key));
            let jumps = ranges.jumps(first);
            let place = landing(half(first, jumps), jumps);
            *out = place;
            places[left] = at;
            left += usize::from(place >= ranges.buckets);
        }
        let mut states = [0; ROUND];
        let mut lowers = [0; ROUND];
        for at in 0..left {
            let state = D::start(keys[places[at]]);
            let first = D::output(state);
            states[at] = state;
            let jumps = ranges.jumps(first) & !ranges.top;
            lowers[at] = landing(half(first, jumps), jumps);
        }
        while left > 0 {
            let mut kept = 0;
            for at in 0..left {
                let (place, lower, state) = (places[at], lowers[at], D::advance(states[at]));
                let draw = ranges.draw(D::output(state));
                out[place] = ranges.settle(draw, lower);
                places[kept] = place;
                lowers[kept] = lower;
                states[kept] = state;
                kept += usize::from(draw >= ranges.buckets);
            }
            left = kept;
        }
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
        fn rule<R: BucketHash>(key: u64, buckets: u32) -> u32 {
            R::bucket(key, &R::buckets(buckets))
        }
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
        assert_eq!(checksum(rule::<JumpBack<SplitMix64>>), 0x23d7_a0d2_88cd_67e7);
        assert_eq!(checksum(rule::<JumpBack<Xorshift>>), 0x4230_b4d4_6f27_1c99);
        assert_eq!(checksum(jumpback::<SplitMix64>), 0x23d7_a0d2_88cd_67e7);
        assert_eq!(checksum(jumpback::<Xorshift>), 0x4230_b4d4_6f27_1c99);
    }

    /// 2,000 keys by 29 numbers of buckets, as hash4j answered.
    #[test]
    fn the_answers_of_hash4j() {
        let text = crate::schemes::recorded::text("jumpback_jump_golden.txt");
        let mut rows = 0;
        for line in text.lines() {
            let row: Vec<u64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
            let [key, buckets, xorshift, splitmix, _] = row[..] else { panic!("{line}") };
            let buckets = u32::try_from(buckets).unwrap();
            assert_eq!(u64::from(jumpback::<Xorshift>(key, buckets)), xorshift, "{line}");
            assert_eq!(u64::from(jumpback::<SplitMix64>(key, buckets)), splitmix, "{line}");
            // Both forms, whichever of them this number of buckets has.
            let ranges = Ranges::of(buckets);
            assert_eq!(u64::from(direct::<Xorshift>(key, &ranges)), xorshift, "{line}");
            assert_eq!(u64::from(direct::<SplitMix64>(key, &ranges)), splitmix, "{line}");
            assert_eq!(u64::from(lean::<Xorshift>(key, &ranges)), xorshift, "{line}");
            assert_eq!(u64::from(lean::<SplitMix64>(key, &ranges)), splitmix, "{line}");
            rows += 1;
        }
        assert_eq!(rows, 58_000);
    }
}
