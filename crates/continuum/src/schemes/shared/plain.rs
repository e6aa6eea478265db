//! Keys hashed as they come, by one hash function.

use std::borrow::Cow;

use crate::hash::word::low32;
use crate::lanes::{Hash32, Hash64};
use crate::placement::{BATCH, KeyHash, Space};

/// A key is its 32-bit hash.
pub(crate) struct Plain32(pub(crate) Hash32);

impl KeyHash for Plain32 {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        self.0.hash(key)
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        self.0.hash_all(keys, out);
    }

    fn space(&self) -> Space {
        let hash = match self.0 {
            Hash32::Md5 => "md5-word0".to_owned(),
            hash => hash.name().to_owned(),
        };
        Space { hash, size: self.0.range().map(u128::from) }
    }
}

/// A key is its 64-bit hash.
pub(crate) struct Plain64(pub(crate) Hash64);

impl KeyHash for Plain64 {
    type Position = u64;

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        self.0.hash(key)
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u64]) {
        self.0.hash_all(keys, out);
    }

    fn space(&self) -> Space {
        let hash = match self.0 {
            Hash64::Xxh64 { seed } | Hash64::Xxh3 { seed } | Hash64::Murmur64A { seed }
                if seed != 0 =>
            {
                format!("{}-{seed}", self.0.name())
            }
            hash => hash.name().to_owned(),
        };
        Space { hash, size: self.0.range() }
    }
}

/// The low 32 bits of a 64-bit hash.
pub(crate) struct Low32<H>(pub(crate) H);

impl<H: KeyHash<Position = u64>> KeyHash for Low32<H> {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        low32(self.0.hash(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        let mut wide = [0; BATCH];
        let wide = &mut wide[..keys.len()];
        self.0.hash_all(keys, wide);
        for (wide, out) in wide.iter().zip(out) {
            *out = low32(*wide);
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.0.hashed(key)
    }

    fn space(&self) -> Space {
        let Space { hash, size } = self.0.space();
        Space { hash: format!("{hash}-low32"), size: size.map(|_| 1 << 32) }
    }
}
