//! Numbered buckets of which any may be missing, by draws of JumpBackHash.

use super::jumpback::{JumpBack, SplitMix64};
use super::numbered::{BucketHash, ROUND, most_draws};
use crate::placement::contract::{Cursor, Hit};
use crate::placement::hashed::Place;
use crate::placement::owner::NO_OWNER;

/// What a draw leads to.
type Draw = JumpBack<SplitMix64>;

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
    drawn: <Draw as BucketHash>::Buckets,
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
        Self {
            live: live.into_boxed_slice(),
            owners: owners.into_boxed_slice(),
            buckets,
            drawn: Draw::buckets(buckets),
            count,
        }
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
            let bucket = Draw::bucket(Draw::redraw(key, at), &self.drawn);
            at += 1;
            if self.is_live(bucket) {
                return Some((bucket, at));
            }
        }
        let bucket = (at - draws..self.buckets).find(|bucket| self.is_live(*bucket))?;
        Some((bucket, draws + bucket + 1))
    }

    /// At most [`ROUND`] keys.
    fn round(&self, positions: &[u64], out: &mut [u32]) {
        /// Keys that are not worth a pass.
        const FEW: usize = 8;
        let mut keys = [0; ROUND];
        let mut buckets = [0; ROUND];
        let mut places = [0_usize; ROUND];
        for (at, place) in places.iter_mut().enumerate().take(positions.len()) {
            *place = at;
        }
        let mut left = positions.len();
        let mut draw = 0;
        while left > FEW && self.count > 0 && draw < most_draws(self.buckets) {
            for (key, place) in keys.iter_mut().zip(&places[..left]) {
                *key = Draw::redraw(positions[*place], draw);
            }
            Draw::round(&keys[..left], &self.drawn, &mut buckets[..left]);
            draw += 1;
            let mut kept = 0;
            for at in 0..left {
                let (place, bucket) = (places[at], buckets[at]);
                out[place] = self.owners[bucket as usize];
                places[kept] = place;
                kept += usize::from(!self.is_live(bucket));
            }
            left = kept;
        }
        for place in &places[..left] {
            out[*place] = self
                .next(positions[*place], draw)
                .map_or(NO_OWNER, |(bucket, _)| self.owners[bucket as usize]);
        }
    }
}

impl Place<u64> for Holes {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.next(position, 0).map_or(NO_OWNER, |(bucket, _)| self.owners[bucket as usize])
    }

    /// One draw of all keys, then the next of those whose bucket is missing, while
    /// these are many.
    fn place_all(&self, positions: &[u64], out: &mut [u32]) {
        for (positions, out) in positions.chunks(ROUND).zip(out.chunks_mut(ROUND)) {
            self.round(positions, out);
        }
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
    use super::super::jumpback::jumpback;
    use super::*;
    use crate::hash::splitmix64::{mix, splitmix64};

    #[test]
    fn no_live_bucket_no_owner() {
        let none = Holes::new(vec![NO_OWNER; 100]);
        assert_eq!(none.place(7), NO_OWNER);
        assert_eq!(none.step(7, &mut Cursor::default()), None);
        let mut owners = [0; 40];
        none.place_all(&[7; 40], &mut owners);
        assert_eq!(owners, [NO_OWNER; 40]);
    }

    #[test]
    fn batches_equal_single_keys() {
        for buckets in [1_u32, 2, 10, 100, 1000] {
            for live in [1, 2, 5, 10] {
                let owner = |bucket| if bucket % 10 < live { bucket } else { NO_OWNER };
                let holes = Holes::new((0..buckets).map(owner).collect());
                for count in [1, 7, 9, 240, 1000] {
                    let keys: Vec<u64> = (0..count).map(splitmix64).collect();
                    let mut owners = vec![7; keys.len()];
                    holes.place_all(&keys, &mut owners);
                    let single: Vec<u32> = keys.iter().map(|key| holes.place(*key)).collect();
                    assert_eq!(owners, single, "{live} of 10 of {buckets}");
                }
            }
        }
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
