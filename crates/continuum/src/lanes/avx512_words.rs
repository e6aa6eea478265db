//! Hashes by bytes and words in AVX-512: sixteen keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::avx512::{WIDTH, add, splat, store, transpose, turn};
use super::group::Group;
use super::level::Avx512;
use super::words::{Rule, Seed};
use super::words_steps::word_hashes;
use crate::hash::word::len32;

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn mul(x: __m512i, y: __m512i) -> __m512i {
    _mm512_mullo_epi32(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn xor(x: __m512i, y: __m512i) -> __m512i {
    _mm512_xor_si512(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn and(x: __m512i, y: __m512i) -> __m512i {
    _mm512_and_si512(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn left<const BITS: u32>(x: __m512i) -> __m512i {
    _mm512_slli_epi32::<BITS>(x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn right<const BITS: u32>(x: __m512i) -> __m512i {
    _mm512_srli_epi32::<BITS>(x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn right_signed<const BITS: u32>(x: __m512i) -> __m512i {
    _mm512_srai_epi32::<BITS>(x)
}

/// The lanes where x is greater than y, both below 2^31.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn above(x: __m512i, y: __m512i) -> __mmask16 {
    _mm512_cmpgt_epi32_mask(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn select(mask: __mmask16, x: __m512i, otherwise: __m512i) -> __m512i {
    _mm512_mask_mov_epi32(otherwise, mask, x)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn load_lanes(words: &[u32; WIDTH]) -> __m512i {
    // SAFETY: the reference is to 64 readable bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// Up to 64 bytes of a key from `from` on, zeros behind its end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
pub(super) fn load_row(key: &[u8], from: usize) -> __m512i {
    // What lies past the end is not even pointed to: a load that selects nothing
    // of a page that is not there is slow.
    let rest = &key[from.min(key.len())..];
    if rest.is_empty() {
        return _mm512_setzero_si512();
    }
    let mask = _bzhi_u64(u64::MAX, len32(rest).min(64));
    // SAFETY: the mask selects at most the readable bytes of the slice; the load
    // touches no byte that it does not select, and needs no alignment.
    unsafe { _mm512_maskz_loadu_epi8(mask, rest.as_ptr().cast()) }
}

/// Sixteen words of every key from byte `from` on, zeros behind its end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn load_words<const GROUPS: usize>(
    keys: &Group<'_, WIDTH, GROUPS>,
    from: u32,
    words: &mut [[__m512i; 16]; GROUPS],
) {
    for (words, keys) in words.iter_mut().zip(&keys.keys) {
        let mut rows = [_mm512_setzero_si512(); WIDTH];
        for (row, key) in rows.iter_mut().zip(keys) {
            *row = load_row(key, from as usize);
        }
        *words = transpose(&rows);
    }
}

word_hashes!(
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
    __m512i
);

#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
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
    _: Avx512,
    rule: Rule,
    keys: &Group<'_, WIDTH, GROUPS>,
    out: &mut [[u32; WIDTH]; GROUPS],
) {
    // SAFETY: the argument proves that this CPU has AVX-512 F, BW and DQ, and BMI2.
    unsafe { groups(rule, keys, out) };
}
