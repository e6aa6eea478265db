//! MurmurHash3_x86_32 in pieces: a prefix is hashed once, then the rest again and
//! again. Rendezvous schemes hash `server-key` for every server of every key.

use super::word::{len32, low32, tail32};

/// The state after some bytes. `Copy`, so that one state is continued many times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Murmur3Stream {
    hash: u32,
    /// Bytes of an incomplete word, the first lowest, zeros above.
    tail: u32,
    /// How many bytes there are in `tail`, 0 to 3.
    held: u32,
    length: u32,
}

impl Murmur3Stream {
    #[inline]
    pub(crate) fn new(seed: u32) -> Self {
        Self { hash: seed, tail: 0, held: 0, length: 0 }
    }

    #[inline]
    fn scramble(word: u32) -> u32 {
        word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
    }

    #[inline]
    fn mix(&mut self, word: u32) {
        self.hash ^= Self::scramble(word);
        self.hash = self.hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }

    /// Hashes more bytes.
    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let shift = 8 * self.held;
        let (words, rest) = bytes.as_chunks::<4>();
        for word in words {
            let wide = u64::from(self.tail) | u64::from(u32::from_le_bytes(*word)) << shift;
            self.mix(low32(wide));
            self.tail = low32(wide >> 32);
        }
        let wide = u64::from(self.tail) | u64::from(tail32(rest)) << shift;
        self.held += len32(rest);
        self.tail = low32(wide);
        if self.held >= 4 {
            self.mix(low32(wide));
            self.tail = low32(wide >> 32);
            self.held -= 4;
        }
        self.length = self.length.wrapping_add(len32(bytes));
    }

    /// The hash of all bytes so far.
    #[inline]
    pub(crate) fn finish(self) -> u32 {
        let mut hash = self.hash ^ Self::scramble(self.tail) ^ self.length;
        hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
        hash ^ hash >> 16
    }
}

#[cfg(test)]
mod tests {
    use super::Murmur3Stream;
    use crate::hash::murmur3::x86_32;

    #[test]
    fn equals_the_whole_however_it_is_cut() {
        let bytes: Vec<u8> = (0_u8..40).map(|byte| byte.wrapping_mul(37) ^ 0xa5).collect();
        for end in 0..=bytes.len() {
            for first in 0..=end {
                for second in first..=end {
                    let mut stream = Murmur3Stream::new(1337);
                    stream.update(&bytes[..first]);
                    stream.update(&bytes[first..second]);
                    stream.update(&bytes[second..end]);
                    assert_eq!(stream.finish(), x86_32(&bytes[..end], 1337));
                }
            }
        }
    }
}
