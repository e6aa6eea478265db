//! Hashes by bytes and words in AVX2: eight keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::avx2::{WIDTH, add, load, splat, store, transpose, turn};
use super::group::Group;
use super::level::Avx2;
use super::portable::lay;
use super::words::{Rule, Seed};
use super::words_steps::word_hashes;

#[inline]
#[target_feature(enable = "avx2")]
fn mul(x: __m256i, y: __m256i) -> __m256i {
    _mm256_mullo_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(x: __m256i, y: __m256i) -> __m256i {
    _mm256_xor_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn and(x: __m256i, y: __m256i) -> __m256i {
    _mm256_and_si256(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn left<const BITS: i32>(x: __m256i) -> __m256i {
    _mm256_slli_epi32::<BITS>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
fn right<const BITS: i32>(x: __m256i) -> __m256i {
    _mm256_srli_epi32::<BITS>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
fn right_signed<const BITS: i32>(x: __m256i) -> __m256i {
    _mm256_srai_epi32::<BITS>(x)
}

/// The lanes where x is greater than y, both below 2^31.
#[inline]
#[target_feature(enable = "avx2")]
fn above(x: __m256i, y: __m256i) -> __m256i {
    _mm256_cmpgt_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx2")]
fn select(mask: __m256i, x: __m256i, otherwise: __m256i) -> __m256i {
    _mm256_blendv_epi8(otherwise, x, mask)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_lanes(words: &[u32; WIDTH]) -> __m256i {
    // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

/// Sixteen words of every key from byte `from` on, zeros behind its end; half of
/// them where no key is longer.
#[inline]
#[target_feature(enable = "avx2")]
fn load_words<const GROUPS: usize>(
    keys: &Group<'_, WIDTH, GROUPS>,
    from: u32,
    words: &mut [[__m256i; 16]; GROUPS],
) {
    let halves = if keys.longest - from > 32 { 2 } else { 1 };
    for (words, keys) in words.iter_mut().zip(&keys.keys) {
        let mut blocks = [[0; 64]; WIDTH];
        for (block, key) in blocks.iter_mut().zip(keys) {
            lay(key.get(from as usize..).unwrap_or_default(), block);
        }
        for half in 0..halves {
            let mut rows = [_mm256_setzero_si256(); WIDTH];
            for (row, block) in rows.iter_mut().zip(&blocks) {
                *row = load(&block.as_chunks().0[half]);
            }
            words[half * 8..half * 8 + 8].copy_from_slice(&transpose(rows));
        }
    }
}

word_hashes!(
    #[target_feature(enable = "avx2")]
    __m256i
);

#[target_feature(enable = "avx2")]
fn groups<const GROUPS: usize>(
    rule: Rule,
    keys: &Group<'_, WIDTH, GROUPS>,
    out: &mut [[u32; WIDTH]; GROUPS],
) {
    let hashes = hashes(rule, keys);
    for (out, hash) in out.iter_mut().zip(hashes) {
        store(out, hash);
    }
}

/// The hashes of keys of fewer than 2^31 bytes, `GROUPS` vectors of them at once.
pub(super) fn hash<const GROUPS: usize>(
    _: Avx2,
    rule: Rule,
    keys: &Group<'_, WIDTH, GROUPS>,
    out: &mut [[u32; WIDTH]; GROUPS],
) {
    // SAFETY: the argument proves that this CPU has AVX2.
    unsafe { groups(rule, keys, out) };
}
