//! Lanes in AVX2: eight keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::level::Avx2;
use super::md5::Words;
use super::md5_steps::md5_compress;
use super::portable::pad;

/// Keys in a vector.
pub(super) const WIDTH: usize = 8;

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn add(x: __m256i, y: __m256i) -> __m256i {
    _mm256_add_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn turn<const LEFT: i32, const RIGHT: i32>(x: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_slli_epi32::<LEFT>(x), _mm256_srli_epi32::<RIGHT>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn f(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn g(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    f(z, x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn h(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_xor_si256(x, _mm256_xor_si256(y, z))
}

#[inline]
#[target_feature(enable = "avx2")]
fn i(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    let not_z = _mm256_xor_si256(z, _mm256_set1_epi32(-1));
    _mm256_xor_si256(y, _mm256_or_si256(x, not_z))
}

md5_compress!(
    #[target_feature(enable = "avx2")]
    __m256i
);

/// Bytes as they lie: word w of a vector is bytes 4w to 4w + 3, little-endian.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store(words: &mut [u32; WIDTH], vector: __m256i) {
    // SAFETY: the reference is to 32 writable bytes; the store needs no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) }
}

/// Row r's word w becomes vector w's lane r, for eight rows of eight words.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn transpose(rows: [__m256i; 8]) -> [__m256i; 8] {
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
    let mut words = [_mm256_setzero_si256(); 8];
    for c in 0..4 {
        words[c] = _mm256_permute2x128_si256::<0x20>(upper[c], lower[c]);
        words[4 + c] = _mm256_permute2x128_si256::<0x31>(upper[c], lower[c]);
    }
    words
}

#[target_feature(enable = "avx2")]
fn md5_groups<const GROUPS: usize>(keys: &[[&[u8]; WIDTH]; GROUPS], out: &mut Words2<GROUPS>) {
    let mut m = [[_mm256_setzero_si256(); 16]; GROUPS];
    for (m, keys) in m.iter_mut().zip(keys) {
        let mut blocks = [[0; 64]; WIDTH];
        for (block, key) in blocks.iter_mut().zip(keys) {
            pad(key, block);
        }
        for half in 0..2 {
            let mut rows = [_mm256_setzero_si256(); WIDTH];
            for (row, block) in rows.iter_mut().zip(&blocks) {
                *row = load(&block.as_chunks().0[half]);
            }
            m[half * 8..half * 8 + 8].copy_from_slice(&transpose(rows));
        }
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
    _: Avx2,
    keys: &[&[u8]; LANES],
) -> Words<LANES> {
    const { assert!(LANES == GROUPS * WIDTH) };
    let mut out = [[[0; WIDTH]; GROUPS]; 4];
    let (keys, _) = keys.as_chunks::<WIDTH>();
    if let Some(keys) = keys.first_chunk::<GROUPS>() {
        // SAFETY: the argument proves that this CPU has AVX2.
        unsafe { md5_groups(keys, &mut out) };
    }
    let mut words = [[0; LANES]; 4];
    for (words, groups) in words.iter_mut().zip(&out) {
        words.copy_from_slice(groups.as_flattened());
    }
    words
}
