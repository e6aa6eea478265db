//! Rust engines over numbered buckets, which take keys that are hashed already.

use std::hash::Hasher;

use rand_core::{Error, RngCore};

/// The generator that hash4j's JumpBackHash and ours have, for a crate that
/// leaves the choice to its caller.
pub struct SplitMix64(u64);

impl RngCore for SplitMix64 {
    fn next_u32(&mut self) -> u32 {
        self.next_u64() as u32
    }

    #[inline]
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fill_bytes(&mut self, _: &mut [u8]) {
        unreachable!("only whole numbers are drawn")
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Error> {
        unreachable!("only whole numbers are drawn")
    }
}

#[inline]
pub fn jump_back_hash(key: u64, buckets: u32) -> u32 {
    jump_back_hash::bucket(&mut SplitMix64(key), buckets)
}

#[inline]
pub fn fliphash(key: u64, buckets: u32) -> u32 {
    fliphash::fliphash_64(key, ..=u64::from(buckets) - 1) as u32
}

/// A number as its own hash.
#[derive(Clone, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed")
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[inline]
pub fn jumphash(key: u64, buckets: u32) -> u32 {
    jumphash::CustomJumpHasher::new(Itself::default()).slot(&key, buckets)
}
