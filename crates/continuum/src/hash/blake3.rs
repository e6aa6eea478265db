//! BLAKE3: J. O'Connor, J.-P. Aumasson, S. Neves, Z. Wilcox-O'Hearn, 2020.
//!
//! SGLang's router takes the first eight bytes of the digest, little-endian. The
//! whole tree is here, for a key may be longer than a chunk; speed is not the point.

use super::word::{high32, low32, tail32};

const IV: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// Where each word of a block goes before the next round.
const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const CHUNK: usize = 1024;
const BLOCK: usize = 64;

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;

/// The first eight bytes of the digest, little-endian.
pub(crate) fn first64(key: &[u8]) -> u64 {
    let [low, high, ..] = node(key, 0).compress(ROOT);
    u64::from(low) | u64::from(high) << 32
}

/// A node of the tree before its last compression.
struct Node {
    chain: [u32; 8],
    block: [u32; 16],
    counter: u64,
    length: u32,
    flags: u32,
}

impl Node {
    fn compress(&self, more: u32) -> [u32; 8] {
        compress(self.chain, self.block, self.counter, self.length, self.flags | more)
    }
}

/// The node over some whole chunks and a rest, the first of which is number `first`.
/// As deep as the key has powers of two of chunks.
fn node(key: &[u8], first: u64) -> Node {
    if key.len() <= CHUNK {
        return chunk(key, first);
    }
    // The left side is the largest power of two of chunks that leaves something.
    let whole = (key.len() - 1) / CHUNK;
    let left = 1 << whole.ilog2();
    let (one, other) = key.split_at(left * CHUNK);
    let mut block = [0; 16];
    block[..8].copy_from_slice(&node(one, first).compress(0));
    block[8..].copy_from_slice(&node(other, first + left as u64).compress(0));
    Node { chain: IV, block, counter: 0, length: 64, flags: PARENT }
}

fn chunk(key: &[u8], counter: u64) -> Node {
    let mut chain = IV;
    let mut start = CHUNK_START;
    let mut rest = key;
    while rest.len() > BLOCK {
        let (block, more) = rest.split_at(BLOCK);
        chain = compress(chain, words(block), counter, 64, start);
        (start, rest) = (0, more);
    }
    let length = super::word::len32(rest);
    Node { chain, block: words(rest), counter, length, flags: start | CHUNK_END }
}

/// At most 64 bytes, zeros behind.
fn words(block: &[u8]) -> [u32; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks(4)) {
        *word = tail32(bytes);
    }
    words
}

fn compress(
    chain: [u32; 8],
    mut block: [u32; 16],
    counter: u64,
    length: u32,
    flags: u32,
) -> [u32; 8] {
    let mut state = [0; 16];
    state[..8].copy_from_slice(&chain);
    state[8..12].copy_from_slice(&IV[..4]);
    state[12..].copy_from_slice(&[low32(counter), high32(counter), length, flags]);
    for _ in 0..7 {
        for (number, at) in [
            [0, 4, 8, 12],
            [1, 5, 9, 13],
            [2, 6, 10, 14],
            [3, 7, 11, 15],
            [0, 5, 10, 15],
            [1, 6, 11, 12],
            [2, 7, 8, 13],
            [3, 4, 9, 14],
        ]
        .into_iter()
        .enumerate()
        {
            quarter(&mut state, at, block[2 * number], block[2 * number + 1]);
        }
        block = PERMUTATION.map(|from| block[from]);
    }
    std::array::from_fn(|at| state[at] ^ state[at + 8])
}

#[inline]
fn quarter(state: &mut [u32; 16], [a, b, c, d]: [usize; 4], x: u32, y: u32) {
    state[a] = state[a].wrapping_add(state[b]).wrapping_add(x);
    state[d] = (state[d] ^ state[a]).rotate_right(16);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_right(12);
    state[a] = state[a].wrapping_add(state[b]).wrapping_add(y);
    state[d] = (state[d] ^ state[a]).rotate_right(8);
    state[c] = state[c].wrapping_add(state[d]);
    state[b] = (state[b] ^ state[c]).rotate_right(7);
}

#[cfg(test)]
mod tests {
    use super::first64;

    /// The project's published test vectors: byte n of the input is n modulo 251.
    #[test]
    fn published() {
        for (length, bytes) in PUBLISHED {
            let key: Vec<u8> = (0..*length).map(|n| u8::try_from(n % 251).unwrap()).collect();
            assert_eq!(first64(&key).to_le_bytes(), *bytes, "{length}");
        }
    }

    const PUBLISHED: &[(u32, [u8; 8])] = &[
        (0, [0xaf, 0x13, 0x49, 0xb9, 0xf5, 0xf9, 0xa1, 0xa6]),
        (1, [0x2d, 0x3a, 0xde, 0xdf, 0xf1, 0x1b, 0x61, 0xf1]),
        (63, [0xe9, 0xbc, 0x37, 0xa5, 0x94, 0xda, 0xad, 0x83]),
        (64, [0x4e, 0xed, 0x71, 0x41, 0xea, 0x4a, 0x5c, 0xd4]),
        (65, [0xde, 0x1e, 0x5f, 0xa0, 0xbe, 0x70, 0xdf, 0x6d]),
        (1023, [0x10, 0x10, 0x89, 0x70, 0xee, 0xda, 0x3e, 0xb9]),
        (1024, [0x42, 0x21, 0x47, 0x39, 0xf0, 0x95, 0xa4, 0x06]),
        (1025, [0xd0, 0x02, 0x78, 0xae, 0x47, 0xeb, 0x27, 0xb3]),
        (2048, [0xe7, 0x76, 0xb6, 0x02, 0x8c, 0x7c, 0xd2, 0x2a]),
        (2049, [0x5f, 0x4d, 0x72, 0xf4, 0x0d, 0x7a, 0x5f, 0x82]),
        (3072, [0xb9, 0x8c, 0xb0, 0xff, 0x36, 0x23, 0xbe, 0x03]),
        (3073, [0x71, 0x24, 0xb4, 0x95, 0x01, 0x01, 0x2f, 0x81]),
        (4096, [0x01, 0x50, 0x94, 0x01, 0x3f, 0x57, 0xa5, 0x27]),
        (4097, [0x9b, 0x40, 0x52, 0xb3, 0x8f, 0x1c, 0x5f, 0xc8]),
        (5121, [0x62, 0x8b, 0xd2, 0xcb, 0x20, 0x04, 0x69, 0x4a]),
        (8193, [0xba, 0xb6, 0xc0, 0x9c, 0xb8, 0xce, 0x8c, 0xf4]),
        (31744, [0x62, 0xb6, 0x96, 0x0e, 0x1a, 0x44, 0xbc, 0xc1]),
    ];
}
