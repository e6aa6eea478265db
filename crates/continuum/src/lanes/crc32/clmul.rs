//! CRC-32 by polynomial products of 64 bits, a key at a time: the next key's work
//! overlaps this one's.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::{POLYNOMIAL, QUOTIENT, fold, power};
use crate::hash::crc32;
use crate::hash::word::len32;
use crate::lanes::level::Clmul;

const BLOCK: usize = 16;

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn load(bytes: &[u8; BLOCK]) -> __m128i {
    // SAFETY: the reference is to 16 readable bytes; the load needs no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

/// Turns [`_mm_shuffle_epi8`] into a shift: a window of 16 bytes at offset 16 leaves
/// bytes where they are, n further up moves them n down, n further down n up.
static SHIFTS: [u8; 3 * BLOCK] = {
    let mut shifts = [0x80; 3 * BLOCK];
    let mut at: u8 = 0;
    while (at as usize) < BLOCK {
        shifts[BLOCK + at as usize] = at;
        at += 1;
    }
    shifts
};

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn shifted(bytes: __m128i, window: usize) -> __m128i {
    _mm_shuffle_epi8(bytes, load(SHIFTS[window..].first_chunk().unwrap_or(&[0x80; BLOCK])))
}

/// The first `count` of a key's bytes, 1 to 16 of them, at the end of a block;
/// fewer than 16 only where the key has no more, and at least 4.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn load_last(key: &[u8], count: usize) -> __m128i {
    if let Some(bytes) = key.first_chunk() {
        return shifted(load(bytes), count);
    }
    // Two words that overlap: from the first byte on, and up to the last.
    if let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) {
        let head = u64::from_le_bytes(*head).checked_shl((16 - len32(key)) * 8).unwrap_or(0);
        return _mm_set_epi64x(u64::from_le_bytes(*tail).cast_signed(), head.cast_signed());
    }
    let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) else {
        return _mm_setzero_si128();
    };
    let head = u64::from(u32::from_le_bytes(*head)) << ((8 - len32(key)) * 8);
    let tail = u64::from(u32::from_le_bytes(*tail)) << 32;
    _mm_set_epi64x((head | tail).cast_signed(), 0)
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn one(key: &[u8], before: u32) -> u32 {
    // What the first four bytes are complemented by, where `before` is 0.
    let start = _mm_cvtsi32_si128((!before).cast_signed());
    let [low, high] = const { fold(128) };
    let factors = _mm_set_epi64x(high, low);
    // The first block takes what is over, so that the others are whole.
    let first = (key.len() - 1) % BLOCK + 1;
    let mut block = _mm_xor_si128(load_last(key, first), shifted(start, first));
    // Of fewer than four bytes in the first block, the start reaches into the
    // second.
    let mut reach = shifted(start, BLOCK + first);
    for bytes in key[first..].as_chunks().0 {
        let next = _mm_xor_si128(load(bytes), reach);
        let folded = _mm_xor_si128(
            _mm_clmulepi64_si128::<0x00>(block, factors),
            _mm_clmulepi64_si128::<0x11>(block, factors),
        );
        block = _mm_xor_si128(folded, next);
        reach = _mm_setzero_si128();
    }
    // 128 bits to 96, with the 32 zeros that a CRC appends, and to 64.
    let low32 = _mm_set_epi64x(0, 0xffff_ffff);
    let ends = _mm_set_epi64x(const { power(64) }, const { power(96) });
    let sum = _mm_xor_si128(_mm_clmulepi64_si128::<0x00>(block, ends), _mm_srli_si128::<8>(block));
    let sum = _mm_xor_si128(
        _mm_clmulepi64_si128::<0x10>(_mm_and_si128(sum, low32), ends),
        _mm_srli_si128::<4>(sum),
    );
    // Barrett's reduction: 64 bits to 32.
    let pair = _mm_set_epi64x(QUOTIENT, POLYNOMIAL);
    let quotient = _mm_clmulepi64_si128::<0x10>(_mm_and_si128(sum, low32), pair);
    let product = _mm_clmulepi64_si128::<0x00>(_mm_and_si128(quotient, low32), pair);
    !_mm_extract_epi32::<1>(_mm_xor_si128(sum, product)).cast_unsigned()
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn all(before: u32, keys: &[&[u8]], out: &mut [u32]) {
    for (key, out) in keys.iter().zip(out) {
        // The start reaches over the end of the shortest.
        *out = if key.len() < 4 { crc32::update(before, key) } else { one(key, before) };
    }
}

#[target_feature(enable = "pclmulqdq,sse4.1")]
fn single(before: u32, key: &[u8]) -> u32 {
    one(key, before)
}

/// See [`update`](super::update).
pub(super) fn update(_: Clmul, before: u32, key: &[u8]) -> u32 {
    // SAFETY: the argument proves that this CPU has PCLMULQDQ and SSE 4.1.
    unsafe { single(before, key) }
}

/// See [`update_all`](super::update_all).
pub(super) fn update_all(_: Clmul, before: u32, keys: &[&[u8]], out: &mut [u32]) {
    // SAFETY: the argument proves that this CPU has PCLMULQDQ and SSE 4.1.
    unsafe { all(before, keys, out) };
}
