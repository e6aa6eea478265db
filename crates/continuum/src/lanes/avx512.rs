//! Lanes in AVX-512: sixteen keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::level::Avx512;
use super::md5::{SHORT, Words};
use super::md5_steps::md5_compress;

/// Keys in a vector.
pub(super) const WIDTH: usize = 16;

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
pub(super) fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
pub(super) fn add(x: __m512i, y: __m512i) -> __m512i {
    _mm512_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
pub(super) fn turn<const LEFT: i32, const RIGHT: i32>(x: __m512i) -> __m512i {
    _mm512_rol_epi32::<LEFT>(x)
}

// The truth tables, read at index 4x + 2y + z.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn f(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1100_1010>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn g(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1110_0100>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn h(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b1001_0110>(x, y, z)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn i(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0b0011_1001>(x, y, z)
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

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
pub(super) fn store(words: &mut [u32; WIDTH], vector: __m512i) {
    // SAFETY: the reference is to 64 writable bytes; the store needs no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) }
}

/// Row r's word w becomes vector w's lane r.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
pub(super) fn transpose(rows: &[__m512i; 16]) -> [__m512i; 16] {
    // `fours[g][c]` holds words c, 4 + c, 8 + c and 12 + c of the rows 4g to 4g + 3.
    let mut fours = [[_mm512_setzero_si512(); 4]; 4];
    for (four, [r0, r1, r2, r3]) in fours.iter_mut().zip(rows.as_chunks().0) {
        let (low0, high0) = (_mm512_unpacklo_epi32(*r0, *r1), _mm512_unpackhi_epi32(*r0, *r1));
        let (low1, high1) = (_mm512_unpacklo_epi32(*r2, *r3), _mm512_unpackhi_epi32(*r2, *r3));
        *four = [
            _mm512_unpacklo_epi64(low0, low1),
            _mm512_unpackhi_epi64(low0, low1),
            _mm512_unpacklo_epi64(high0, high1),
            _mm512_unpackhi_epi64(high0, high1),
        ];
    }
    let mut words = [_mm512_setzero_si512(); 16];
    for c in 0..4 {
        // The even quarters of two registers, and the odd ones.
        let even01 = _mm512_shuffle_i32x4::<0x88>(fours[0][c], fours[1][c]);
        let even23 = _mm512_shuffle_i32x4::<0x88>(fours[2][c], fours[3][c]);
        let odd01 = _mm512_shuffle_i32x4::<0xdd>(fours[0][c], fours[1][c]);
        let odd23 = _mm512_shuffle_i32x4::<0xdd>(fours[2][c], fours[3][c]);
        words[c] = _mm512_shuffle_i32x4::<0x88>(even01, even23);
        words[4 + c] = _mm512_shuffle_i32x4::<0x88>(odd01, odd23);
        words[8 + c] = _mm512_shuffle_i32x4::<0xdd>(even01, even23);
        words[12 + c] = _mm512_shuffle_i32x4::<0xdd>(odd01, odd23);
    }
    words
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn md5_groups<const GROUPS: usize>(keys: &[[&[u8]; WIDTH]; GROUPS], out: &mut Words2<GROUPS>) {
    let mut m = [[_mm512_setzero_si512(); 16]; GROUPS];
    for (m, keys) in m.iter_mut().zip(keys) {
        let mut rows = [_mm512_setzero_si512(); WIDTH];
        for (row, key) in rows.iter_mut().zip(keys) {
            *row = pad(key);
        }
        *m = transpose(&rows);
    }
    let state = compress(&m);
    for (out, vectors) in out.iter_mut().zip(&state) {
        for (words, vector) in out.iter_mut().zip(vectors) {
            store(words, *vector);
        }
    }
}

type Words2<const GROUPS: usize> = [[[u32; WIDTH]; GROUPS]; 4];

/// The digests of short keys, `GROUPS` vectors of them at once.
pub(super) fn md5<const GROUPS: usize, const LANES: usize>(
    _: Avx512,
    keys: &[&[u8]; LANES],
) -> Words<LANES> {
    const { assert!(LANES == GROUPS * WIDTH) };
    let mut out = [[[0; WIDTH]; GROUPS]; 4];
    let (keys, _) = keys.as_chunks::<WIDTH>();
    if let Some(keys) = keys.first_chunk::<GROUPS>() {
        // SAFETY: the argument proves that this CPU has AVX-512 F, BW and DQ.
        unsafe { md5_groups(keys, &mut out) };
    }
    let mut words = [[0; LANES]; 4];
    for (words, groups) in words.iter_mut().zip(&out) {
        words.copy_from_slice(groups.as_flattened());
    }
    words
}
