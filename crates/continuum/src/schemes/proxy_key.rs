//! Keys that are hashed whole by one of the hash functions.

use crate::hash::key_hash::{Hash32, Hash64};
use crate::placement::{KeyHash, Space};

/// A whole key under a hash of 32 bits.
pub(crate) struct Key32(pub(crate) Hash32);

impl KeyHash for Key32 {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        self.0.hash(key)
    }

    fn space(&self) -> Space {
        Space { hash: self.0.name().to_owned(), size: self.0.range().map(u128::from) }
    }
}

/// A whole key under a hash of 64 bits with seed 0.
pub(crate) struct Key64(pub(crate) Hash64);

impl KeyHash for Key64 {
    type Position = u64;

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        self.0.hash(key)
    }

    fn space(&self) -> Space {
        Space { hash: self.0.name().to_owned(), size: self.0.range() }
    }
}
