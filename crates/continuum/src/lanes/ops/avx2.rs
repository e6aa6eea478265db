//! Vectors of eight words in AVX2.
#![allow(unsafe_code, reason = "moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::ops;

/// Words in a vector.
pub(in crate::lanes) const WIDTH: usize = 8;

ops! { [#[target_feature(enable = "avx2")]]
    splat(word: u32) -> __m256i = _mm256_set1_epi32(word.cast_signed());
    add(x: __m256i, y: __m256i) -> __m256i = _mm256_add_epi32(x, y);
    mul(x: __m256i, y: __m256i) -> __m256i = _mm256_mullo_epi32(x, y);
    and(x: __m256i, y: __m256i) -> __m256i = _mm256_and_si256(x, y);
    or(x: __m256i, y: __m256i) -> __m256i = _mm256_or_si256(x, y);
    xor(x: __m256i, y: __m256i) -> __m256i = _mm256_xor_si256(x, y);
    left<BITS: i32>(x: __m256i) -> __m256i = _mm256_slli_epi32::<BITS>(x);
    right<BITS: i32>(x: __m256i) -> __m256i = _mm256_srli_epi32::<BITS>(x);
    right_signed<BITS: i32>(x: __m256i) -> __m256i = _mm256_srai_epi32::<BITS>(x);
    rotate<LEFT: i32, RIGHT: i32>(x: __m256i) -> __m256i = or(left::<LEFT>(x), right::<RIGHT>(x));
    /// The lanes where x is greater than y, both below 2^31.
    above(x: __m256i, y: __m256i) -> __m256i = _mm256_cmpgt_epi32(x, y);
    select(mask: __m256i, x: __m256i, otherwise: __m256i) -> __m256i =
        _mm256_blendv_epi8(otherwise, x, mask);
}

#[inline]
#[target_feature(enable = "avx2")]
pub(in crate::lanes) fn load(words: &[u32; WIDTH]) -> __m256i {
    // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(in crate::lanes) fn store(words: &mut [u32; WIDTH], vector: __m256i) {
    // SAFETY: the reference is to 32 writable bytes; the store needs no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) }
}

/// Word w of vector r becomes word r of vector w: eight blocks' first or second
/// half, whose words are little-endian.
#[inline]
#[target_feature(enable = "avx2")]
pub(in crate::lanes) fn transposed(blocks: &[[u8; 64]; WIDTH], half: usize) -> [__m256i; WIDTH] {
    let mut rows = [splat(0); WIDTH];
    for (row, block) in rows.iter_mut().zip(blocks) {
        let bytes: &[u8; 32] = &block.as_chunks().0[half];
        // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
        *row = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
    }
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    // Words c and 4 + c of four rows, for c = 0 to 3.
    macro_rules! four {
        ($r0:ident $r1:ident $r2:ident $r3:ident) => {{
            let (low0, high0) = (_mm256_unpacklo_epi32($r0, $r1), _mm256_unpackhi_epi32($r0, $r1));
            let (low1, high1) = (_mm256_unpacklo_epi32($r2, $r3), _mm256_unpackhi_epi32($r2, $r3));
            [
                _mm256_unpacklo_epi64(low0, low1),
                _mm256_unpackhi_epi64(low0, low1),
                _mm256_unpacklo_epi64(high0, high1),
                _mm256_unpackhi_epi64(high0, high1),
            ]
        }};
    }
    let upper = four!(r0 r1 r2 r3);
    let lower = four!(r4 r5 r6 r7);
    let mut words = [splat(0); WIDTH];
    for c in 0..4 {
        words[c] = _mm256_permute2x128_si256::<0x20>(upper[c], lower[c]);
        words[4 + c] = _mm256_permute2x128_si256::<0x31>(upper[c], lower[c]);
    }
    words
}
