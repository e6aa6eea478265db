//! MD5 in safe code: one key a lane, four keys interleaved.

use super::steps::md5_compress;
use super::{SHORT, Words};
use crate::lanes::ops::ops;

/// Keys that one call of [`md5`] hashes: more would not fit in the registers.
pub(super) const LANES: usize = 4;

ops! { []
    splat(word: u32) -> u32 = word;
    add(x: u32, y: u32) -> u32 = x.wrapping_add(y);
    rotate<LEFT: u32, RIGHT: u32>(x: u32) -> u32 = x.rotate_left(LEFT);
    f(x: u32, y: u32, z: u32) -> u32 = z ^ (x & (y ^ z));
    // Two halves without a common bit: the sum is the union, and one half does not
    // wait for the step before.
    g(x: u32, y: u32, z: u32) -> u32 = (y & !z).wrapping_add(x & z);
    h(x: u32, y: u32, z: u32) -> u32 = x ^ y ^ z;
    i(x: u32, y: u32, z: u32) -> u32 = y ^ (x | !z);
}

md5_compress!(u32);

/// Up to 64 bytes into a block of zeros; what exceeds them is cut.
///
/// Overlapping copies of fixed lengths instead of one of the key's length, which
/// would be a call.
#[inline]
pub(in crate::lanes) fn copy_short(key: &[u8], block: &mut [u8; 64]) {
    let len = key.len().min(64);
    let key = &key[..len];
    if len >= 32 {
        block[..32].copy_from_slice(&key[..32]);
        block[len - 32..len].copy_from_slice(&key[len - 32..]);
    } else if len >= 16 {
        block[..16].copy_from_slice(&key[..16]);
        block[len - 16..len].copy_from_slice(&key[len - 16..]);
    } else if len >= 8 {
        block[..8].copy_from_slice(&key[..8]);
        block[len - 8..len].copy_from_slice(&key[len - 8..]);
    } else if len >= 4 {
        block[..4].copy_from_slice(&key[..4]);
        block[len - 4..len].copy_from_slice(&key[len - 4..]);
    } else {
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
    }
}

/// A key with its padding: one block. Longer keys than [`SHORT`] are cut.
#[inline]
pub(super) fn pad(key: &[u8], block: &mut [u8; 64]) {
    let len = key.len().min(SHORT);
    *block = [0; 64];
    copy_short(&key[..len], block);
    block[len] = 0x80;
    // At most 55 bytes: 440 bits.
    let bits = (len as u64 * 8).to_le_bytes();
    block[56..].copy_from_slice(&bits);
}

/// The digests of short keys.
pub(super) fn md5(keys: &[&[u8]; LANES]) -> Words<LANES> {
    let mut m = [[0; 16]; LANES];
    for (m, key) in m.iter_mut().zip(keys) {
        let mut block = [0; 64];
        pad(key, &mut block);
        for (word, bytes) in m.iter_mut().zip(block.as_chunks().0) {
            *word = u32::from_le_bytes(*bytes);
        }
    }
    compress(&m)
}
