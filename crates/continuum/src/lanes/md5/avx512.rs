//! MD5 in AVX-512: sixteen keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and a load of a key")]

use std::arch::x86_64::*;

use super::steps::md5_compress;
use super::{SHORT, Words};
use crate::lanes::level::Avx512;
use crate::lanes::ops::avx512::{WIDTH, add, rotate, splat, store, transposed};
use crate::lanes::ops::ops;

// The truth tables, read at index 4x + 2y + z.
ops! { [#[target_feature(enable = "avx512f,avx512bw,avx512dq")]]
    f(x: __m512i, y: __m512i, z: __m512i) -> __m512i =
        _mm512_ternarylogic_epi32::<0b1100_1010>(x, y, z);
    g(x: __m512i, y: __m512i, z: __m512i) -> __m512i =
        _mm512_ternarylogic_epi32::<0b1110_0100>(x, y, z);
    h(x: __m512i, y: __m512i, z: __m512i) -> __m512i =
        _mm512_ternarylogic_epi32::<0b1001_0110>(x, y, z);
    i(x: __m512i, y: __m512i, z: __m512i) -> __m512i =
        _mm512_ternarylogic_epi32::<0b0011_1001>(x, y, z);
}

md5_compress!(
    #[target_feature(enable = "avx512f,avx512bw,avx512dq")]
    __m512i
);

/// A key with its padding: one block. Longer keys than [`SHORT`] are cut.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "at most 440")]
fn pad(key: &[u8]) -> __m512i {
    let len = key.len().min(SHORT);
    let end = 1 << len;
    // SAFETY: the mask selects the `len` readable bytes of the key; the load
    // touches no byte that it does not select, and needs no alignment.
    let bytes = unsafe { _mm512_maskz_loadu_epi8(end - 1, key.as_ptr().cast()) };
    let bytes = _mm512_mask_mov_epi8(bytes, end, _mm512_set1_epi8(i8::MIN));
    _mm512_mask_mov_epi32(bytes, 1 << 14, _mm512_set1_epi32(len as i32 * 8))
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn digests<const GROUPS: usize, const LANES: usize>(
    keys: &[[&[u8]; WIDTH]; GROUPS],
    words: &mut Words<LANES>,
) {
    let mut m = [[splat(0); 16]; GROUPS];
    for (m, keys) in m.iter_mut().zip(keys) {
        *m = transposed(&keys.map(|key| pad(key)));
    }
    for (words, vectors) in words.iter_mut().zip(compress(&m)) {
        for (words, vector) in words.as_chunks_mut().0.iter_mut().zip(vectors) {
            store(words, vector);
        }
    }
}

/// The digests of short keys, `GROUPS` vectors of them at once.
pub(super) fn md5<const GROUPS: usize, const LANES: usize>(
    _: Avx512,
    keys: &[&[u8]; LANES],
) -> Words<LANES> {
    const { assert!(LANES == GROUPS * WIDTH) };
    let mut words = [[0; LANES]; 4];
    if let Some(keys) = keys.as_chunks().0.first_chunk::<GROUPS>() {
        // SAFETY: the argument proves that this CPU has AVX-512 F, BW and DQ.
        unsafe { digests(keys, &mut words) };
    }
    words
}
