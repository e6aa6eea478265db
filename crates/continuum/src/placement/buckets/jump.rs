//! Numbered buckets without a table: Lamping and Veach's jump consistent hash
//! (2014), and Guava's version of it.

use super::numbered::{BucketHash, ROUND};
use crate::hash::splitmix64::GAMMA;
use crate::hash::word::low32;
use crate::placement::owner::NO_OWNER;

/// The multiplier of the linear congruential generator in the paper.
const MULTIPLIER: u64 = 2_862_933_555_777_941_757;
/// 2³¹: the generator's top 31 bits over it are a fraction.
const SCALE: f64 = 2_147_483_648.0;

/// Added to a number from 0 to 2⁵¹ and taken off again, this leaves the whole
/// number nearest to it: there is no room for a fraction above 2⁵².
const WHOLE: f64 = 4_503_599_627_370_496.0;

/// The whole number above `at`, which is from 0 to 2³²: the bucket there, and one.
///
/// A conversion to an integer and back takes twice as long, and every jump waits for
/// the one before.
#[inline]
fn behind(at: f64) -> f64 {
    let nearest = (at + WHOLE) - WHOLE;
    nearest + if nearest > at { 0.0 } else { 1.0 }
}

/// The bucket at `at`, which is 0 or more; from 2³² on the last there is.
#[inline]
fn bucket_at(at: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; saturates"
    )]
    let bucket = at as u32;
    bucket
}

/// The generator's next draw, of 31 bits, and one.
#[inline]
fn draw(key: &mut u64) -> f64 {
    *key = key.wrapping_mul(MULTIPLIER).wrapping_add(1);
    f64::from(low32(*key >> 33)) + 1.0
}

/// The bucket of a key, below `buckets`; [`NO_OWNER`] when there is none. As in
/// the paper: the key is the generator's seed. O(log buckets).
///
/// The bucket is also kept as an integer: what is done with it need not wait for the
/// division that finds the next one beyond the end.
#[inline]
pub(crate) fn jump(mut key: u64, buckets: u32) -> u32 {
    if buckets < 2 {
        return if buckets == 0 { NO_OWNER } else { 0 };
    }
    let end = f64::from(buckets);
    let mut bucket = 0;
    let mut from = 1.0;
    loop {
        let next = from * (SCALE / draw(&mut key));
        if next >= end {
            return bucket;
        }
        bucket = bucket_at(next);
        from = behind(next);
    }
}

/// The bucket as Guava finds it: the same generator, but Java adds the 1 to a
/// 32-bit integer, which overflows when all 31 bits are set. The fraction is
/// then −1 and the search stops where it is; [`jump`] would go on by one bucket.
/// `buckets` is a Java `int`: what exceeds it counts as 2³¹ − 1.
#[inline]
pub(crate) fn guava(mut key: u64, buckets: u32) -> u32 {
    let buckets = i32::try_from(buckets).unwrap_or(i32::MAX);
    if buckets == 0 {
        return NO_OWNER;
    }
    let end = f64::from(buckets);
    let mut bucket = 0;
    let mut from = 1.0;
    loop {
        key = key.wrapping_mul(MULTIPLIER).wrapping_add(1);
        let fraction = f64::from(low32(key >> 33).cast_signed().wrapping_add(1)) / SCALE;
        let next = from / fraction;
        // Java asks the bucket, but no number lies between the two.
        if !(0.0..end).contains(&next) {
            return bucket;
        }
        bucket = bucket_at(next);
        from = behind(next);
    }
}

/// [`jump`] as a rule of buckets.
pub(crate) struct Jump;

/// [`guava`] as a rule of buckets.
pub(crate) struct Guava;

impl BucketHash for Jump {
    const STEP: u64 = GAMMA;

    type Buckets = u32;

    fn buckets(count: u32) -> u32 {
        count
    }

    #[inline]
    fn bucket(key: u64, buckets: &u32) -> u32 {
        jump(key, *buckets)
    }

    fn round(keys: &[u64], buckets: &u32, out: &mut [u32]) {
        if *buckets == 0 {
            out.fill(NO_OWNER);
            return;
        }
        let end = f64::from(*buckets);
        together(keys, out, |bucket, draw| {
            let next = (f64::from(bucket) + 1.0) * (SCALE / (f64::from(draw) + 1.0));
            // What lies beyond the end is not kept.
            (bucket_at(next), next < end)
        });
    }
}

impl BucketHash for Guava {
    const STEP: u64 = GAMMA;

    type Buckets = u32;

    fn buckets(count: u32) -> u32 {
        count
    }

    #[inline]
    fn bucket(key: u64, buckets: &u32) -> u32 {
        guava(key, *buckets)
    }

    fn round(keys: &[u64], buckets: &u32, out: &mut [u32]) {
        if *buckets == 0 {
            out.fill(NO_OWNER);
            return;
        }
        let buckets = i32::try_from(*buckets).unwrap_or(i32::MAX);
        together(keys, out, |bucket, draw| {
            let fraction = f64::from(draw.cast_signed().wrapping_add(1)) / SCALE;
            #[expect(clippy::cast_possible_truncation, reason = "as in guava")]
            let next = ((f64::from(bucket) + 1.0) / fraction) as i32;
            (next.cast_unsigned(), next >= 0 && next < buckets)
        });
    }
}

/// All keys from bucket 0 on: each pass makes one jump of every key that is
/// still on its way, and closes the gaps of those that have arrived. `leap` takes
/// a bucket and a draw of 31 bits to the next bucket, and says whether there is
/// one.
///
/// A loop for each key would end at an unforeseeable moment, and wait for one
/// division after another.
#[inline]
fn together(keys: &[u64], out: &mut [u32], leap: impl Fn(u32, u32) -> (u32, bool)) {
    let mut states = [0; ROUND];
    let mut buckets = [0_u32; ROUND];
    let mut places = [0_usize; ROUND];
    for (at, (place, state)) in places.iter_mut().zip(&mut states).enumerate().take(keys.len()) {
        *place = at;
        *state = keys[at];
    }
    let mut left = keys.len();
    while left > 0 {
        let mut kept = 0;
        for at in 0..left {
            let (bucket, place) = (buckets[at], places[at]);
            let state = states[at].wrapping_mul(MULTIPLIER).wrapping_add(1);
            out[place] = bucket;
            let (next, goes_on) = leap(bucket, low32(state >> 33));
            states[kept] = state;
            buckets[kept] = next;
            places[kept] = place;
            kept += usize::from(goes_on);
        }
        left = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_OWNER, behind, guava, jump};
    use crate::hash::word::tail64;
    use crate::schemes::recorded;

    /// The function as the paper prints it, in integers and doubles.
    fn literal(mut key: u64, buckets: i64) -> i64 {
        let (mut b, mut j) = (-1_i64, 0_i64);
        while j < buckets {
            b = j;
            key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                reason = "the paper's own casts"
            )]
            let next = ((b + 1) as f64 * ((1_i64 << 31) as f64 / ((key >> 33) + 1) as f64)) as i64;
            j = next;
        }
        b
    }

    #[test]
    fn equals_the_paper() {
        let mut key = 0_u64;
        for number in 0..20_000_u64 {
            key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(number);
            for buckets in [1, 2, 3, 10, 1000, 1 << 20, 1 << 31, u32::MAX] {
                assert_eq!(i64::from(jump(key, buckets)), literal(key, i64::from(buckets)));
            }
        }
    }

    /// Whole numbers, and the nearest ones on both sides.
    #[test]
    fn behind_is_the_next_whole_number() {
        let whole = (0..1000_u64).chain((0..32).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, power * 2 - 1, power / 2 * 3]
        }));
        for number in whole {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let at = number as f64;
            for part in [0.0, f64::EPSILON, 0.25, 0.5, 0.5 + f64::EPSILON, 0.75] {
                assert_eq!(behind(at + part), (at + part).floor() + 1.0, "{at} {part}");
            }
            for near in [at.next_up(), at.next_down()] {
                assert!(near < 0.0 || behind(near) == near.floor() + 1.0, "{near}");
            }
        }
    }

    #[test]
    fn no_buckets_no_owner() {
        assert_eq!(jump(1, 0), NO_OWNER);
        assert_eq!(guava(1, 0), NO_OWNER);
    }

    /// The sets with more buckets than anybody lists as servers.
    #[test]
    fn equals_the_programs_at_any_number_of_buckets() {
        let mut answers = 0;
        for set in recorded::sets("jump_guava.json") {
            let rule = if set["scheme"] == "guava" { guava } else { jump };
            let buckets = u32::try_from(set["options"]["buckets"].as_u64().unwrap()).unwrap();
            for (key, owner) in recorded::owners(&set) {
                let key = tail64(&key);
                assert_eq!(rule(key, buckets), owner, "{key} of {buckets}");
                answers += 1;
            }
        }
        assert!(answers > 30_000, "{answers}");
    }

    /// The last column of the golden file of hash4j's authors: Guava's answers.
    #[test]
    fn equals_guava_s_golden_answers() {
        let text = recorded::text("jumpback_jump_golden.txt");
        for line in text.lines() {
            let [key, buckets, .., owner] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let found = guava(key.parse().unwrap(), buckets.parse().unwrap());
            assert_eq!(found.to_string(), owner, "{line}");
        }
        assert!(text.lines().count() >= 58_000);
    }

    /// All 31 bits set on the first draw: Java's 1 overflows.
    #[test]
    fn guava_stops_where_java_overflows() {
        // Solves key * MULTIPLIER + 1 = 2^64 - 1 - low bits, by the inverse modulo 2^64.
        let mut inverse = 1_u64;
        for _ in 0..6 {
            let product = super::MULTIPLIER.wrapping_mul(inverse);
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(product));
        }
        let key = u64::MAX.wrapping_sub(1).wrapping_mul(inverse);
        assert_eq!((guava(key, 2), jump(key, 2)), (0, 1));
    }
}
