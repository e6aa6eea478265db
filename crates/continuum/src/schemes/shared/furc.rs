//! `furc_hash`: mcrouter's consistent hash over numbered buckets (Ch3), which vLLM's
//! router hashes with, too.
//!
//! The key gives an endless row of bits: MurmurHash64A of the key is word 0, and
//! of each word's eight little-endian bytes the next. With d bits to number the
//! buckets, bit d, or else d - 1, and so on decides how many bits a number has;
//! those bits follow at a stride of 23. A number that is no bucket is tried anew,
//! 32 times, then it is 0. Growing by one bucket moves keys only to that bucket.

use crate::hash::murmur2::murmur64a;

/// The most buckets: `furc_maximum_pool_size`.
pub(crate) const MOST: u32 = 1 << 23;
/// Seed of both MurmurHash64A and of mcrouter's rendezvous.
pub(crate) const SEED: u64 = 4_193_360_111;
const TRIES: u32 = 32;
/// Bits between two bits of a number.
const STRIDE: u32 = 23;

/// The row of bits. Most keys need one word or two, some a dozen.
struct Bits<'k> {
    key: &'k [u8],
    words: [u64; Bits::KEPT],
    known: usize,
    /// A word past the kept ones, and its number.
    far: (usize, u64),
}

impl<'k> Bits<'k> {
    const KEPT: usize = 8;

    fn new(key: &'k [u8]) -> Self {
        Self { key, words: [0; Self::KEPT], known: 0, far: (usize::MAX, 0) }
    }

    fn word(&mut self, at: usize) -> u64 {
        let next = |word: u64| murmur64a(&word.to_le_bytes(), SEED);
        while self.known <= at.min(Self::KEPT - 1) {
            self.words[self.known] = match self.known.checked_sub(1) {
                None => murmur64a(self.key, SEED),
                Some(before) => next(self.words[before]),
            };
            self.known += 1;
        }
        if at < Self::KEPT {
            return self.words[at];
        }
        if self.far.0 > at {
            self.far = (Self::KEPT - 1, self.words[Self::KEPT - 1]);
        }
        while self.far.0 < at {
            self.far = (self.far.0 + 1, next(self.far.1));
        }
        self.far.1
    }

    fn bit(&mut self, at: u32) -> u32 {
        u32::from(self.word(at as usize / 64) >> (at % 64) & 1 == 1)
    }
}

/// The bucket, from 0 to `buckets - 1`, of which there are at most [`MOST`].
pub(crate) fn furc_hash(key: &[u8], buckets: u32) -> u32 {
    if buckets <= 1 {
        return 0;
    }
    let mut bits = Bits::new(key);
    let mut digits = u32::BITS - (buckets - 1).leading_zeros();
    let mut at = digits;
    for _ in 0..TRIES {
        while bits.bit(at) == 0 {
            digits -= 1;
            if digits == 0 {
                return 0;
            }
            at = digits;
        }
        at += STRIDE;
        let mut number = 1;
        for _ in 0..digits - 1 {
            number = number << 1 | bits.bit(at);
            at += STRIDE;
        }
        if number < buckets {
            return number;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::{Bits, furc_hash};
    use crate::schemes::recorded;

    /// The largest pool is not built only to be numbered.
    #[test]
    fn recorded_buckets() {
        let mut answers = 0;
        for set in recorded::sets("mcrouter.json") {
            let Some(buckets) = set["options"]["buckets"].as_u64() else { continue };
            for (key, owner) in recorded::owners(&set) {
                assert_eq!(furc_hash(&key, u32::try_from(buckets).unwrap()), owner, "{buckets}");
                answers += 1;
            }
        }
        assert!(answers > 7000, "{answers}");
    }

    #[test]
    fn words_do_not_depend_on_the_order_asked() {
        let mut up = Bits::new(b"key");
        let rising: Vec<u64> = (0..300).map(|at| up.word(at)).collect();
        let mut down = Bits::new(b"key");
        for at in (0..300).rev() {
            assert_eq!(down.word(at), rising[at]);
        }
    }

    #[test]
    fn one_more_bucket_gets_keys_and_moves_no_other() {
        for key in (0..300).map(|number| format!("key-{number}")) {
            let mut owner = 0;
            for buckets in 1..300 {
                let now = furc_hash(key.as_bytes(), buckets);
                assert!(now == owner || now == buckets - 1, "{key} of {buckets}");
                owner = now;
            }
        }
    }
}
