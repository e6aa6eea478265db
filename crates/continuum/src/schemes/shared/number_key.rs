//! Programs whose keys are numbers: how bytes become one.
//!
//! `key=number`: a key of at most 8 bytes is their little-endian unsigned number
//! (a shorter one has zeros above); a longer key is its XXH64 with seed 0. So an
//! integer passed as 8 little-endian bytes is itself, and text still spreads.
//! `key=xxh64`: every key is its XXH64, the short ones too.

use std::borrow::Cow;

use crate::hash::word::tail64;
use crate::hash::xxh64::xxh64;
use crate::lanes::Hash64;
use crate::placement::{BATCH, KeyHash, Space};
use crate::scheme::{OptionSpec, Options};

pub(crate) const OPTION: OptionSpec = OptionSpec::choice(
    "key",
    &["number", "xxh64"],
    "number: up to 8 bytes are a little-endian number, longer keys are hashed; xxh64: all are hashed",
);

/// What keys that are no numbers are hashed by.
const LONG: Hash64 = Hash64::Xxh64 { seed: 0 };

/// A key as a number of 64 bits.
#[derive(Clone, Copy)]
pub(crate) struct NumberKey {
    always_hashed: bool,
}

impl NumberKey {
    pub(crate) fn new(options: &Options<'_>) -> Self {
        Self { always_hashed: options.choice("key") == "xxh64" }
    }
}

impl KeyHash for NumberKey {
    type Position = u64;

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        if self.always_hashed || key.len() > 8 { xxh64(key, 0) } else { tail64(key) }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u64]) {
        if self.always_hashed || keys.iter().all(|key| key.len() > 8) {
            return LONG.hash_all(keys, out);
        }
        let mut long: [&[u8]; BATCH] = [&[]; BATCH];
        let mut places = [0; BATCH];
        let mut count = 0;
        for (at, (key, out)) in keys.iter().zip(&mut *out).enumerate() {
            if key.len() > 8 {
                (long[count], places[count]) = (key, at);
                count += 1;
            } else {
                *out = tail64(key);
            }
        }
        let mut hashes = [0; BATCH];
        LONG.hash_all(&long[..count], &mut hashes[..count]);
        for (place, hash) in places[..count].iter().zip(hashes) {
            out[*place] = hash;
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        if self.always_hashed || key.len() > 8 {
            Cow::Borrowed(key)
        } else {
            Cow::Owned(tail64(key).to_le_bytes().to_vec())
        }
    }

    fn space(&self) -> Space {
        if self.always_hashed {
            Space { hash: "xxh64".to_owned(), size: Some(1 << 64) }
        } else {
            Space { hash: "number-or-xxh64".to_owned(), size: None }
        }
    }
}
