//! Keys of which a part is hashed.

use std::borrow::Cow;

use crate::placement::{BATCH, KeyHash, Space};

/// A rule that says which part of a key is hashed.
pub(crate) trait Cut: Send + Sync + 'static {
    /// The part of a key.
    fn part<'k>(&self, key: &'k [u8]) -> &'k [u8];

    /// What tells the rule from others, to stand behind the name of the hash.
    fn rule(&self) -> String;
}

/// The parts of a batch.
#[inline]
pub(crate) fn with_parts(cut: &impl Cut, keys: &[&[u8]], hash_all: impl FnOnce(&[&[u8]])) {
    let mut parts: [&[u8]; BATCH] = [&[]; BATCH];
    let parts = &mut parts[..keys.len()];
    for (part, key) in parts.iter_mut().zip(keys) {
        *part = cut.part(key);
    }
    hash_all(parts);
}

/// The hash of a part of a key.
pub(crate) struct Parted<C, H> {
    pub(crate) cut: C,
    pub(crate) hash: H,
}

impl<C: Cut, H: KeyHash> KeyHash for Parted<C, H> {
    type Position = H::Position;

    #[inline]
    fn hash(&self, key: &[u8]) -> H::Position {
        self.hash.hash(self.cut.part(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [H::Position]) {
        with_parts(&self.cut, keys, |parts| self.hash.hash_all(parts, out));
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.hash.hashed(self.cut.part(key))
    }

    fn space(&self) -> Space {
        let Space { hash, size } = self.hash.space();
        Space { hash: hash + &self.cut.rule(), size }
    }
}
