//! XXH64: Yann Collet, xxHash 0.8 (unchanged since 2014).
//!
//! Envoy and gRPC hash both servers' points and keys with it.

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_3: u64 = 0x1656_67b1_9e37_79f9;
const PRIME_4: u64 = 0x85eb_ca77_c2b2_ae63;
const PRIME_5: u64 = 0x27d4_eb2f_1656_67c5;

#[inline]
fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1)
}

/// The hash.
#[inline]
pub(crate) fn xxh64(key: &[u8], seed: u64) -> u64 {
    let (stripes, tail) = key.as_chunks::<32>();
    let hash = if stripes.is_empty() {
        seed.wrapping_add(PRIME_5)
    } else {
        let mut lanes = start(seed);
        stripes.iter().for_each(|stripe| take(&mut lanes, stripe));
        merged(lanes)
    };
    finish(hash.wrapping_add(key.len() as u64), tail)
}

/// The lanes before the first stripe.
fn start(seed: u64) -> [u64; 4] {
    [
        seed.wrapping_add(PRIME_1).wrapping_add(PRIME_2),
        seed.wrapping_add(PRIME_2),
        seed,
        seed.wrapping_sub(PRIME_1),
    ]
}

#[inline]
fn take(lanes: &mut [u64; 4], stripe: &[u8; 32]) {
    for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks().0) {
        *lane = round(*lane, u64::from_le_bytes(*word));
    }
}

fn merged(lanes: [u64; 4]) -> u64 {
    let [a, b, c, d] = lanes;
    let sum = a
        .rotate_left(1)
        .wrapping_add(b.rotate_left(7))
        .wrapping_add(c.rotate_left(12))
        .wrapping_add(d.rotate_left(18));
    lanes.iter().fold(sum, |hash, &lane| {
        (hash ^ round(0, lane)).wrapping_mul(PRIME_1).wrapping_add(PRIME_4)
    })
}

/// What the bytes behind the last stripe make of a hash, to which the length was added.
#[inline]
fn finish(mut hash: u64, tail: &[u8]) -> u64 {
    let (words, tail) = tail.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    }
    let (words, bytes) = tail.as_chunks::<4>();
    for word in words {
        hash ^= u64::from(u32::from_le_bytes(*word)).wrapping_mul(PRIME_1);
        hash = hash.rotate_left(23).wrapping_mul(PRIME_2).wrapping_add(PRIME_3);
    }
    for &byte in bytes {
        hash ^= u64::from(byte).wrapping_mul(PRIME_5);
        hash = hash.rotate_left(11).wrapping_mul(PRIME_1);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(PRIME_2);
    hash = (hash ^ hash >> 29).wrapping_mul(PRIME_3);
    hash ^ hash >> 32
}

/// The hash of texts that begin alike, after the part that they share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Xxh64Prefix {
    seed: u64,
    lanes: [u64; 4],
    length: u64,
    /// What stands behind the last stripe.
    rest: [u8; 32],
    rests: usize,
}

impl Xxh64Prefix {
    pub(crate) fn new(prefix: &[u8], seed: u64) -> Self {
        let (stripes, tail) = prefix.as_chunks::<32>();
        let mut lanes = start(seed);
        stripes.iter().for_each(|stripe| take(&mut lanes, stripe));
        let mut rest = [0; 32];
        rest[..tail.len()].copy_from_slice(tail);
        Self { seed, lanes, length: prefix.len() as u64, rest, rests: tail.len() }
    }

    /// The hash of the prefix followed by a key.
    #[inline]
    pub(crate) fn hash(&self, key: &[u8]) -> u64 {
        let length = self.length.wrapping_add(key.len() as u64);
        let mut block = self.rest;
        let free = &mut block[self.rests..];
        let (filling, behind) = key.split_at(free.len().min(key.len()));
        free[..filling.len()].copy_from_slice(filling);
        let filled = self.rests + filling.len();
        if filled < block.len() {
            let hash =
                if length < 32 { self.seed.wrapping_add(PRIME_5) } else { merged(self.lanes) };
            return finish(hash.wrapping_add(length), &block[..filled]);
        }
        let mut lanes = self.lanes;
        take(&mut lanes, &block);
        let (stripes, tail) = behind.as_chunks::<32>();
        stripes.iter().for_each(|stripe| take(&mut lanes, stripe));
        finish(merged(lanes).wrapping_add(length), tail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published() {
        assert_eq!(xxh64(b"", 0), 0xef46_db37_51d8_e999);
        assert_eq!(xxh64(b"abc", 0), 0x44bc_2cf5_ad77_0999);
        assert_eq!(xxh64(b"xxhash", 20_141_025), 0xb559_b98d_844e_0635);
    }

    #[test]
    fn a_prefix_and_a_key_are_one_text() {
        let text: Vec<u8> = (0_u8..150).map(|byte| byte.wrapping_mul(37)).collect();
        for length in 0..=text.len() {
            for cut in 0..=length {
                let (head, tail) = text[..length].split_at(cut);
                let whole = xxh64(&text[..length], 7);
                assert_eq!(Xxh64Prefix::new(head, 7).hash(tail), whole, "{cut} of {length}");
            }
        }
    }
}
