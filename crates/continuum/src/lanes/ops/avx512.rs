//! Vectors of sixteen words in AVX-512.
#![allow(unsafe_code, reason = "moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::ops;
use crate::hash::word::len32;

/// Words in a vector.
pub(in crate::lanes) const WIDTH: usize = 16;

ops! { [#[target_feature(enable = "avx512f")]]
    splat(word: u32) -> __m512i = _mm512_set1_epi32(word.cast_signed());
    add(x: __m512i, y: __m512i) -> __m512i = _mm512_add_epi32(x, y);
    mul(x: __m512i, y: __m512i) -> __m512i = _mm512_mullo_epi32(x, y);
    and(x: __m512i, y: __m512i) -> __m512i = _mm512_and_si512(x, y);
    or(x: __m512i, y: __m512i) -> __m512i = _mm512_or_si512(x, y);
    xor(x: __m512i, y: __m512i) -> __m512i = _mm512_xor_si512(x, y);
    left<BITS: u32>(x: __m512i) -> __m512i = _mm512_slli_epi32::<BITS>(x);
    right<BITS: u32>(x: __m512i) -> __m512i = _mm512_srli_epi32::<BITS>(x);
    right_signed<BITS: u32>(x: __m512i) -> __m512i = _mm512_srai_epi32::<BITS>(x);
    rotate<LEFT: i32, RIGHT: i32>(x: __m512i) -> __m512i = _mm512_rol_epi32::<LEFT>(x);
    /// The lanes where x is greater than y, both below 2^31.
    above(x: __m512i, y: __m512i) -> __mmask16 = _mm512_cmpgt_epi32_mask(x, y);
    select(mask: __mmask16, x: __m512i, otherwise: __m512i) -> __m512i =
        _mm512_mask_mov_epi32(otherwise, mask, x);
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(in crate::lanes) fn load(words: &[u32; WIDTH]) -> __m512i {
    // SAFETY: the reference is to 64 readable bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(in crate::lanes) fn store(words: &mut [u32; WIDTH], vector: __m512i) {
    // SAFETY: the reference is to 64 writable bytes; the store needs no alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), vector) }
}

/// Up to 64 bytes of a key from `from` on, zeros behind its end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
pub(in crate::lanes) fn load_row(key: &[u8], from: usize) -> __m512i {
    // What lies past the end is not even pointed to: a load that selects nothing
    // of a page that is not there is slow.
    let rest = &key[from.min(key.len())..];
    if rest.is_empty() {
        return splat(0);
    }
    let mask = _bzhi_u64(u64::MAX, len32(rest).min(64));
    // SAFETY: the mask selects at most the readable bytes of the slice; the load
    // touches no byte that it does not select, and needs no alignment.
    unsafe { _mm512_maskz_loadu_epi8(mask, rest.as_ptr().cast()) }
}

/// Word w of vector r becomes word r of vector w.
#[inline]
#[target_feature(enable = "avx512f")]
pub(in crate::lanes) fn transposed(rows: &[__m512i; WIDTH]) -> [__m512i; WIDTH] {
    // `fours[g][c]` holds words c, 4 + c, 8 + c and 12 + c of the rows 4g to 4g + 3.
    let mut fours = [[splat(0); 4]; 4];
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
    let mut words = [splat(0); WIDTH];
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
