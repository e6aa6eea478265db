//! Numbered buckets without a table: Lamping and Veach's jump consistent hash
//! (2014), and Guava's version of it.

use super::contract::{Cursor, Hit, NO_OWNER};
use super::hashed::Place;
use super::regions::{Regions, Space};
use crate::hash::word::low32;

/// The multiplier of the linear congruential generator in the paper.
const MULTIPLIER: u64 = 2_862_933_555_777_941_757;
/// 2³¹: the generator's top 31 bits over it are a fraction.
const SCALE: f64 = 2_147_483_648.0;

/// The bucket of a key, below `buckets`; [`NO_OWNER`] when there is none. As in
/// the paper: the key is the generator's seed. O(log buckets).
#[inline]
pub(crate) fn jump(mut key: u64, buckets: u32) -> u32 {
    let mut bucket = NO_OWNER;
    let mut next = 0.0;
    while next < f64::from(buckets) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to below 2^32; C truncates too"
        )]
        let at = next as u32;
        bucket = at;
        key = key.wrapping_mul(MULTIPLIER).wrapping_add(1);
        next = (f64::from(bucket) + 1.0) * (SCALE / (f64::from(low32(key >> 33)) + 1.0));
    }
    bucket
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
    let mut bucket = 0_i32;
    loop {
        key = key.wrapping_mul(MULTIPLIER).wrapping_add(1);
        let fraction = f64::from(low32(key >> 33).cast_signed().wrapping_add(1)) / SCALE;
        #[expect(clippy::cast_possible_truncation, reason = "Java's cast saturates as Rust's does")]
        let next = ((f64::from(bucket) + 1.0) / fraction) as i32;
        if next < 0 || next >= buckets {
            return bucket.cast_unsigned();
        }
        bucket = next;
    }
}

/// Servers 0 to `buckets` − 1 as the buckets of one of these functions.
///
/// Neither program names a second choice. Ours: the buckets that [`SplitMix64`'s
/// output function](https://prng.di.unimi.it/splitmix64.c) of the position and
/// the step leads to, so that the keys of a lost server spread over all others.
pub(crate) struct Jump {
    buckets: u32,
    rule: fn(u64, u32) -> u32,
}

impl Jump {
    /// `rule` is [`jump`] or [`guava`].
    pub(crate) fn new(buckets: u32, rule: fn(u64, u32) -> u32) -> Self {
        Self { buckets, rule }
    }
}

/// The position of a key's further draws: the output function of SplitMix64,
/// `step` increments on.
fn redraw(position: u64, step: u32) -> u64 {
    let mut z = position.wrapping_add(u64::from(step).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Place<u64> for Jump {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        (self.rule)(position, self.buckets)
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let step = cursor.steps;
        // By then one server in three thousand is still unnamed; the caller
        // appends it.
        if self.buckets == 0 || step >= self.buckets.saturating_mul(8).saturating_add(64) {
            return None;
        }
        cursor.steps += 1;
        let position = if step == 0 { position } else { redraw(position, step) };
        Some((self.rule)(position, self.buckets))
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

#[cfg(test)]
mod tests {
    use super::{Cursor, Jump, NO_OWNER, Place, guava, jump};

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
        for number in 0..2000_u64 {
            key = key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(number);
            for buckets in [1, 2, 3, 10, 1000, 1 << 20, u32::MAX] {
                assert_eq!(i64::from(jump(key, buckets)), literal(key, i64::from(buckets)));
            }
        }
    }

    #[test]
    fn no_buckets_no_owner() {
        assert_eq!(jump(1, 0), NO_OWNER);
        assert_eq!(guava(1, 0), NO_OWNER);
        assert_eq!(Jump::new(0, jump).place(7), NO_OWNER);
        assert_eq!(Jump::new(0, jump).step(7, &mut Cursor::default()), None);
    }

    #[test]
    fn a_walk_reaches_nearly_all() {
        let place = Jump::new(100, jump);
        let mut cursor = Cursor::default();
        let mut seen = [false; 100];
        while let Some(bucket) = place.step(12345, &mut cursor) {
            seen[bucket as usize] = true;
        }
        assert!(seen.iter().filter(|seen| **seen).count() >= 98);
    }

    fn recorded(file: &str) -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/");
        std::fs::read_to_string(format!("{folder}{file}")).unwrap()
    }

    /// The sets with more buckets than anybody lists as servers.
    #[test]
    fn equals_the_programs_at_any_number_of_buckets() {
        let sets: serde_json::Value = serde_json::from_str(&recorded("jump_guava.json")).unwrap();
        let mut answers = 0;
        for set in sets.as_array().unwrap() {
            let rule = if set["scheme"] == "guava" { guava } else { jump };
            let buckets = u32::try_from(set["options"]["buckets"].as_u64().unwrap()).unwrap();
            for case in set["cases"].as_array().unwrap() {
                let key: u64 = case["key_u64"].as_str().unwrap().parse().unwrap();
                let owner = u64::from(rule(key, buckets));
                assert_eq!(Some(owner), case["server_index"].as_u64(), "{key} of {buckets}");
                answers += 1;
            }
        }
        assert!(answers > 30_000, "{answers}");
    }

    /// The last column of the golden file of hash4j's authors: Guava's answers.
    #[test]
    fn equals_guava_s_golden_answers() {
        let text = recorded("jumpback_jump_golden.txt");
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
