//! MD5 in AVX2: eight keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check")]

use std::arch::x86_64::*;

use super::Words;
use super::portable::pad;
use super::steps::md5_compress;
use crate::lanes::level::Avx2;
use crate::lanes::ops::avx2::{WIDTH, add, and, or, rotate, splat, store, transposed, xor};
use crate::lanes::ops::ops;

ops! { [#[target_feature(enable = "avx2")]]
    f(x: __m256i, y: __m256i, z: __m256i) -> __m256i = xor(z, and(x, xor(y, z)));
    g(x: __m256i, y: __m256i, z: __m256i) -> __m256i = f(z, x, y);
    h(x: __m256i, y: __m256i, z: __m256i) -> __m256i = xor(x, xor(y, z));
    i(x: __m256i, y: __m256i, z: __m256i) -> __m256i = xor(y, or(x, xor(z, splat(u32::MAX))));
}

md5_compress!(
    #[target_feature(enable = "avx2")]
    __m256i
);

#[target_feature(enable = "avx2")]
fn digests<const GROUPS: usize, const LANES: usize>(
    keys: &[[&[u8]; WIDTH]; GROUPS],
    words: &mut Words<LANES>,
) {
    let mut m = [[splat(0); 16]; GROUPS];
    for (m, keys) in m.iter_mut().zip(keys) {
        let mut blocks = [[0; 64]; WIDTH];
        for (block, key) in blocks.iter_mut().zip(keys) {
            pad(key, block);
        }
        for half in 0..2 {
            m[half * 8..half * 8 + 8].copy_from_slice(&transposed(&blocks, half));
        }
    }
    for (words, vectors) in words.iter_mut().zip(compress(&m)) {
        for (words, vector) in words.as_chunks_mut().0.iter_mut().zip(vectors) {
            store(words, vector);
        }
    }
}

/// The digests of short keys, `GROUPS` vectors of them at once.
pub(super) fn md5<const GROUPS: usize, const LANES: usize>(
    _: Avx2,
    keys: &[&[u8]; LANES],
) -> Words<LANES> {
    const { assert!(LANES == GROUPS * WIDTH) };
    let mut words = [[0; LANES]; 4];
    if let Some(keys) = keys.as_chunks().0.first_chunk::<GROUPS>() {
        // SAFETY: the argument proves that this CPU has AVX2.
        unsafe { digests(keys, &mut words) };
    }
    words
}
