//! Servers as numbered buckets, of which a rule names one for each number.

use crate::hash::splitmix64::mix;
use crate::placement::contract::{Cursor, Hit};
use crate::placement::hashed::Place;
use crate::placement::owner::NO_OWNER;
use crate::placement::regions::equal_shares;

/// Keys that a rule's batch holds at once: on the stack, in the first-level cache.
pub(super) const ROUND: usize = 256;

/// From a key's number to one of some buckets.
pub(crate) trait BucketHash: Send + Sync + 'static {
    /// What a step adds to the key before it is mixed anew.
    const STEP: u64;

    /// Some buckets: their number, and what follows from it for every key alike.
    type Buckets: Send + Sync + 'static;

    /// So many buckets.
    fn buckets(count: u32) -> Self::Buckets;

    /// The bucket of a key, below their number; [`NO_OWNER`] when there is none.
    fn bucket(key: u64, buckets: &Self::Buckets) -> u32;

    /// The buckets of at most [`ROUND`] keys; both slices are of one length.
    fn round(keys: &[u64], buckets: &Self::Buckets, out: &mut [u32]);

    /// The key of the draw number `draw`: the key itself, then outputs of the
    /// mixer of `SplitMix64`.
    #[inline]
    fn redraw(key: u64, draw: u32) -> u64 {
        if draw == 0 {
            key
        } else {
            mix(key.wrapping_add(u64::from(draw).wrapping_mul(Self::STEP)))
        }
    }
}

/// Draws after which a walk over `buckets` ends: by then one bucket in three
/// thousand is still unnamed.
pub(super) fn most_draws(buckets: u32) -> u32 {
    buckets.saturating_mul(8).saturating_add(64)
}

/// Servers 0 to `count` − 1 as the buckets of a rule.
///
/// No program names a second choice. Ours: the buckets of further draws, so that
/// the keys of a lost server spread over all others.
pub(crate) struct Numbered<R: BucketHash> {
    count: u32,
    buckets: R::Buckets,
}

impl<R: BucketHash> Numbered<R> {
    pub(crate) fn new(count: u32) -> Self {
        Self { count, buckets: R::buckets(count) }
    }
}

impl<R: BucketHash> Place<u64> for Numbered<R> {
    // Else a rule that is compiled into its callers is compiled into this alone.
    #[inline(always)]
    fn place(&self, position: u64) -> u32 {
        R::bucket(position, &self.buckets)
    }

    fn place_all(&self, positions: &[u64], out: &mut [u32]) {
        for (positions, out) in positions.chunks(ROUND).zip(out.chunks_mut(ROUND)) {
            R::round(positions, &self.buckets, out);
        }
    }

    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let draw = cursor.steps;
        // The caller appends what is unnamed.
        if self.count == 0 || draw >= most_draws(self.count) {
            return None;
        }
        cursor.steps += 1;
        Some(R::bucket(R::redraw(position, draw), &self.buckets))
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let bucket = self.place(position);
        (bucket != NO_OWNER).then(|| Hit::Bucket { bucket: bucket.into(), of: self.count.into() })
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        Some(equal_shares(count))
    }

    fn order_matters(&self) -> bool {
        self.count > 1
    }

    fn memory(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix64::splitmix64;
    use crate::placement::{Guava, Jump, JumpBack, SplitMix64, Xorshift};

    fn batch_equals_single<R: BucketHash>() {
        let near: Vec<u32> = (1..12)
            .map(|bits| 1 << bits)
            .flat_map(|power| [power - 1, power, power + 1, power / 4 * 5, power / 4 * 7])
            .collect();
        let far = [0, 1, 10, 100, 1000, 1 << 20, (1 << 30) + 1, u32::MAX >> 1, u32::MAX];
        for buckets in near.into_iter().chain(far) {
            let place = Numbered::<R>::new(buckets);
            for count in [0, 1, 7, 240, 1000] {
                let keys: Vec<u64> = (0..count).map(|key| splitmix64(key ^ count << 32)).collect();
                let mut owners = vec![7; keys.len()];
                place.place_all(&keys, &mut owners);
                let single: Vec<u32> = keys.iter().map(|key| place.place(*key)).collect();
                assert_eq!(owners, single, "{buckets} buckets");
            }
            // Numbers as people count them.
            let keys: Vec<u64> = (0..300).chain([u64::MAX, u64::MAX >> 33, 1 << 63]).collect();
            let mut owners = vec![7; keys.len()];
            place.place_all(&keys, &mut owners);
            assert!(keys.iter().zip(&owners).all(|(key, owner)| place.place(*key) == *owner));
        }
    }

    #[test]
    fn batches_equal_single_keys() {
        batch_equals_single::<Jump>();
        batch_equals_single::<Guava>();
        batch_equals_single::<JumpBack<SplitMix64>>();
        batch_equals_single::<JumpBack<Xorshift>>();
    }

    #[test]
    fn no_buckets_no_owner() {
        let none = Numbered::<Jump>::new(0);
        assert_eq!(none.place(7), NO_OWNER);
        assert_eq!(none.step(7, &mut Cursor::default()), None);
        let mut owners = [0; 3];
        none.place_all(&[1, 2, 3], &mut owners);
        assert_eq!(owners, [NO_OWNER; 3]);
    }

    #[test]
    fn a_walk_reaches_nearly_all() {
        let place = Numbered::<Jump>::new(100);
        let mut cursor = Cursor::default();
        let mut seen = [false; 100];
        while let Some(bucket) = place.step(12345, &mut cursor) {
            seen[bucket as usize] = true;
        }
        assert!(seen.iter().filter(|seen| **seen).count() >= 98);
    }
}
