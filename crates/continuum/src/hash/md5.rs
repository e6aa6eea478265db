//! MD5: R. Rivest, RFC 1321, 1992.
//!
//! Ketama and most of its descendants cut a ring's points out of the digest:
//! word q is bytes 4q to 4q+3, the first lowest, and a key's own value is word 0.
//! A key of up to 55 bytes fills one block with its padding and takes the short
//! way here.

use super::word::{low8, low32};

/// The state before the first block.
pub(crate) const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// The addend of each step: the first 32 bits of the fraction of |sin(step + 1)|.
#[rustfmt::skip]
pub(crate) const ADDENDS: [u32; 64] = [
    0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee, 0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
    0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be, 0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
    0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa, 0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
    0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed, 0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
    0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c, 0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
    0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05, 0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
    0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039, 0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
    0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1, 0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
];

const BLOCK: usize = 64;
/// Where a last block holds the length in bits.
const LENGTH_AT: usize = 56;

/// The four words of a digest, each read little-endian.
#[inline]
pub(crate) fn words(key: &[u8]) -> [u32; 4] {
    if key.len() < LENGTH_AT { short(key) } else { long(key) }
}

/// The first word of a digest: where ketama puts a key.
#[inline]
pub(crate) fn word0(key: &[u8]) -> u32 {
    words(key)[0]
}

/// The digest as RFC 1321 prints it.
#[cfg(test)]
pub(crate) fn digest(key: &[u8]) -> [u8; 16] {
    let mut digest = [0; 16];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(words(key)) {
        *bytes = word.to_le_bytes();
    }
    digest
}

fn short(key: &[u8]) -> [u32; 4] {
    let mut block = [0; BLOCK];
    block[..key.len()].copy_from_slice(key);
    block[key.len()] = 0x80;
    let mut block = load(&block);
    // At most 55 bytes: the length needs no more than one of its two words.
    block[14] = u32::from(low8(super::word::len32(key))) * 8;
    compress(START, &block)
}

#[cold]
fn long(key: &[u8]) -> [u32; 4] {
    let mut text = Prefix::default();
    text.extend(key);
    text.words()
}

/// A text that grows: its digest so far costs one or two blocks, however long it is.
pub(crate) struct Prefix {
    /// After all whole blocks.
    state: [u32; 4],
    /// What came after them, at the front.
    block: [u8; BLOCK],
    len: u64,
}

impl Default for Prefix {
    fn default() -> Self {
        Self { state: START, block: [0; BLOCK], len: 0 }
    }
}

impl Prefix {
    pub(crate) fn extend(&mut self, mut text: &[u8]) {
        let held = self.held();
        self.len += text.len() as u64;
        if held + text.len() >= BLOCK {
            let (filling, rest) = text.split_at(BLOCK - held);
            self.block[held..].copy_from_slice(filling);
            self.state = compress(self.state, &load(&self.block));
            let (blocks, rest) = rest.as_chunks::<BLOCK>();
            for block in blocks {
                self.state = compress(self.state, &load(block));
            }
            text = rest;
        }
        let held = self.held() - text.len();
        self.block[held..held + text.len()].copy_from_slice(text);
    }

    /// As [`words`] of the whole text.
    pub(crate) fn words(&self) -> [u32; 4] {
        let (held, mut state) = (self.held(), self.state);
        let mut last = [0; BLOCK];
        last[..held].copy_from_slice(&self.block[..held]);
        last[held] = 0x80;
        if held >= LENGTH_AT {
            state = compress(state, &load(&last));
            last = [0; BLOCK];
        }
        last[LENGTH_AT..].copy_from_slice(&self.len.wrapping_mul(8).to_le_bytes());
        compress(state, &load(&last))
    }

    fn held(&self) -> usize {
        usize::from(low8(low32(self.len % BLOCK as u64)))
    }
}

#[inline]
fn load(block: &[u8; BLOCK]) -> [u32; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

#[inline]
fn compress(state: [u32; 4], m: &[u32; 16]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = state;

    // Each step waits for the step before through its second argument alone, so
    // that argument enters as late as it can: RFC 1321's G is split into a sum
    // of two halves without a common bit, of which one does not wait.
    macro_rules! step {
        (f $a:ident $b:ident $c:ident $d:ident, $i:expr, $word:expr, $turn:expr) => {
            $a = $a.wrapping_add(m[$word]).wrapping_add(ADDENDS[$i]);
            $a = $a.wrapping_add($d ^ ($b & ($c ^ $d))).rotate_left($turn).wrapping_add($b);
        };
        (g $a:ident $b:ident $c:ident $d:ident, $i:expr, $word:expr, $turn:expr) => {
            $a = $a.wrapping_add(m[$word]).wrapping_add(ADDENDS[$i]).wrapping_add($c & !$d);
            $a = $a.wrapping_add($b & $d).rotate_left($turn).wrapping_add($b);
        };
        (h $a:ident $b:ident $c:ident $d:ident, $i:expr, $word:expr, $turn:expr) => {
            $a = $a.wrapping_add(m[$word]).wrapping_add(ADDENDS[$i]);
            $a = $a.wrapping_add($b ^ ($c ^ $d)).rotate_left($turn).wrapping_add($b);
        };
        (i $a:ident $b:ident $c:ident $d:ident, $i:expr, $word:expr, $turn:expr) => {
            $a = $a.wrapping_add(m[$word]).wrapping_add(ADDENDS[$i]);
            $a = $a.wrapping_add($c ^ ($b | !$d)).rotate_left($turn).wrapping_add($b);
        };
    }
    // Four steps bring the four variables back to their places.
    macro_rules! turn {
        ($f:ident, $i:expr, [$w0:expr, $w1:expr, $w2:expr, $w3:expr], [$t0:expr, $t1:expr, $t2:expr, $t3:expr]) => {
            step!($f a b c d, $i, $w0, $t0);
            step!($f d a b c, $i + 1, $w1, $t1);
            step!($f c d a b, $i + 2, $w2, $t2);
            step!($f b c d a, $i + 3, $w3, $t3);
        };
    }

    turn!(f, 0, [0, 1, 2, 3], [7, 12, 17, 22]);
    turn!(f, 4, [4, 5, 6, 7], [7, 12, 17, 22]);
    turn!(f, 8, [8, 9, 10, 11], [7, 12, 17, 22]);
    turn!(f, 12, [12, 13, 14, 15], [7, 12, 17, 22]);

    turn!(g, 16, [1, 6, 11, 0], [5, 9, 14, 20]);
    turn!(g, 20, [5, 10, 15, 4], [5, 9, 14, 20]);
    turn!(g, 24, [9, 14, 3, 8], [5, 9, 14, 20]);
    turn!(g, 28, [13, 2, 7, 12], [5, 9, 14, 20]);

    turn!(h, 32, [5, 8, 11, 14], [4, 11, 16, 23]);
    turn!(h, 36, [1, 4, 7, 10], [4, 11, 16, 23]);
    turn!(h, 40, [13, 0, 3, 6], [4, 11, 16, 23]);
    turn!(h, 44, [9, 12, 15, 2], [4, 11, 16, 23]);

    turn!(i, 48, [0, 7, 14, 5], [6, 10, 15, 21]);
    turn!(i, 52, [12, 3, 10, 1], [6, 10, 15, 21]);
    turn!(i, 56, [8, 15, 6, 13], [6, 10, 15, 21]);
    turn!(i, 60, [4, 11, 2, 9], [6, 10, 15, 21]);

    [
        a.wrapping_add(state[0]),
        b.wrapping_add(state[1]),
        c.wrapping_add(state[2]),
        d.wrapping_add(state[3]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_1321() {
        for (text, want) in [
            ("", 0xd41d_8cd9_8f00_b204_e980_0998_ecf8_427e_u128),
            ("a", 0x0cc1_75b9_c0f1_b6a8_31c3_99e2_6977_2661),
            ("abc", 0x9001_5098_3cd2_4fb0_d696_3f7d_28e1_7f72),
            ("message digest", 0xf96b_697d_7cb7_938d_525a_2f31_aaf1_61d0),
            ("abcdefghijklmnopqrstuvwxyz", 0xc3fc_d3d7_6192_e400_7dfb_496c_ca67_e13b),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                0xd174_ab98_d277_d9f5_a561_1c2c_9f41_9d9f,
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                0x57ed_f4a2_2be3_c955_ac49_da2e_2107_b67a,
            ),
        ] {
            assert_eq!(u128::from_be_bytes(digest(text.as_bytes())), want, "{text:?}");
        }
    }

    #[test]
    fn a_text_may_grow() {
        let text: Vec<u8> = (0..=255).collect();
        for first in 0..text.len() {
            for second in [0, 1, 8, 55, 56, 63, 64, 65, 128] {
                let mut prefix = Prefix::default();
                let (head, rest) = text.split_at(first);
                let (middle, tail) = rest.split_at(second.min(rest.len()));
                prefix.extend(head);
                prefix.extend(middle);
                assert_eq!(prefix.words(), words(&text[..first + middle.len()]));
                prefix.extend(tail);
                assert_eq!(prefix.words(), words(&text), "{first} {second}");
            }
        }
    }

    #[test]
    fn words_are_little_endian() {
        assert_eq!(words(b"a")[0], 0xb975_c10c);
        assert_eq!(words(b"a")[3], 0x6126_7769);
        assert_eq!(word0(b"a"), 0xb975_c10c);
    }
}
