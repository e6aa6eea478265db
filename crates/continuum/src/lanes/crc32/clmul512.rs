//! CRC-32 by polynomial products, four at once: keys of up to 64 bytes take one
//! step, and four of them share the last.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::{POLYNOMIAL, QUOTIENT, fold, power};
use crate::hash::crc32;
use crate::lanes::level::Clmul512;

const BLOCK: usize = 64;
/// Keys that share the last step.
const GROUP: usize = 4;

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,vpclmulqdq")]
fn load(bytes: &[u8; BLOCK]) -> __m512i {
    // SAFETY: the reference is to 64 readable bytes; the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// At most 64 bytes at the end of a block, zeros before.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,vpclmulqdq")]
fn load_last(bytes: &[u8]) -> __m512i {
    let bytes = &bytes[..bytes.len().min(BLOCK)];
    let gap = BLOCK - bytes.len();
    let mask = if gap == BLOCK { 0 } else { u64::MAX << gap };
    let start = bytes.as_ptr().wrapping_sub(gap);
    // SAFETY: the mask selects what lies `gap` bytes and more behind `start`: the
    // readable bytes of the slice. The load touches no byte that it does not
    // select, and needs no alignment.
    unsafe { _mm512_maskz_loadu_epi8(mask, start.cast()) }
}

/// The products of both halves of each quarter with the factors.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,vpclmulqdq")]
fn times(blocks: __m512i, factors: __m512i) -> __m512i {
    _mm512_xor_si512(
        _mm512_clmulepi64_epi128::<0x00>(blocks, factors),
        _mm512_clmulepi64_epi128::<0x11>(blocks, factors),
    )
}

/// What is left of a key in its last block: four quarters, their sum congruent to
/// the message.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,vpclmulqdq")]
fn quarters(key: &[u8], start: &[u8; 3 * BLOCK]) -> __m512i {
    let [a, b, c] = const { [fold(384), fold(256), fold(128)] };
    let down = _mm512_set_epi64(0, 0, c[1], c[0], b[1], b[0], a[1], a[0]);
    // The first block takes what is over, so that the others are whole.
    let first = if key.is_empty() { 0 } else { (key.len() - 1) % BLOCK + 1 };
    let (first, rest) = key.split_at(first);
    let row = start[first.len()..].first_chunk().unwrap_or(&[0; BLOCK]);
    let mut block = _mm512_xor_si512(load_last(first), load(row));
    if !rest.is_empty() {
        let [low, high] = const { fold(512) };
        let over = _mm512_set_epi64(high, low, high, low, high, low, high, low);
        // Of fewer than four bytes in the first block, the start reaches into the
        // second.
        let mut reach = start[BLOCK + first.len()..].first_chunk().unwrap_or(&[0; BLOCK]);
        for bytes in rest.as_chunks::<BLOCK>().0 {
            let next = _mm512_xor_si512(load(bytes), load(reach));
            block = _mm512_xor_si512(times(block, over), next);
            reach = &[0; BLOCK];
        }
    }
    let last = _mm512_maskz_mov_epi64(0b1100_0000, block);
    _mm512_xor_si512(times(block, down), last)
}

/// The remainders of four keys from their quarters.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,vpclmulqdq")]
fn remainders([a, b, c, d]: [__m512i; GROUP]) -> [u32; GROUP] {
    // The sum of a key's quarters becomes one quarter.
    let ab =
        _mm512_xor_si512(_mm512_shuffle_i64x2::<0x88>(a, b), _mm512_shuffle_i64x2::<0xdd>(a, b));
    let cd =
        _mm512_xor_si512(_mm512_shuffle_i64x2::<0x88>(c, d), _mm512_shuffle_i64x2::<0xdd>(c, d));
    let sums = _mm512_xor_si512(
        _mm512_shuffle_i64x2::<0x88>(ab, cd),
        _mm512_shuffle_i64x2::<0xdd>(ab, cd),
    );
    // 128 bits to 96, with the 32 zeros that a CRC appends, and to 64.
    let low32 = _mm512_set1_epi64(0xffff_ffff);
    let sums = _mm512_xor_si512(
        _mm512_clmulepi64_epi128::<0x00>(sums, _mm512_set1_epi64(const { power(96) })),
        _mm512_bsrli_epi128::<8>(sums),
    );
    let sums = _mm512_xor_si512(
        _mm512_clmulepi64_epi128::<0x00>(
            _mm512_and_si512(sums, low32),
            _mm512_set1_epi64(const { power(64) }),
        ),
        _mm512_bsrli_epi128::<4>(sums),
    );
    // Barrett's reduction: 64 bits to 32.
    let quotient = _mm512_clmulepi64_epi128::<0x00>(
        _mm512_and_si512(sums, low32),
        _mm512_set1_epi64(QUOTIENT),
    );
    let product = _mm512_clmulepi64_epi128::<0x00>(
        _mm512_and_si512(quotient, low32),
        _mm512_set1_epi64(POLYNOMIAL),
    );
    let words = _mm512_xor_si512(sums, product);
    let mut out = [0; 16];
    // SAFETY: the reference is to 64 writable bytes; the store needs no alignment.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), words) };
    [!out[1], !out[5], !out[9], !out[13]]
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,vpclmulqdq")]
fn all(before: u32, keys: &[&[u8]], out: &mut [u32]) {
    // Windows of a block over it show the start at any offset.
    let mut start = [0; 3 * BLOCK];
    start[BLOCK..BLOCK + 4].copy_from_slice(&(!before).to_le_bytes());
    let (groups, rest) = keys.as_chunks::<GROUP>();
    let (outs, rest_out) = out.as_chunks_mut::<GROUP>();
    for (keys, out) in groups.iter().zip(outs) {
        let mut blocks = [_mm512_setzero_si512(); GROUP];
        for (block, key) in blocks.iter_mut().zip(keys) {
            *block = quarters(key, &start);
        }
        *out = remainders(blocks);
    }
    if !rest.is_empty() {
        let mut blocks = [_mm512_setzero_si512(); GROUP];
        for (block, key) in blocks.iter_mut().zip(rest) {
            *block = quarters(key, &start);
        }
        rest_out.copy_from_slice(&remainders(blocks)[..rest.len()]);
    }
    // The start reaches over the end of the shortest.
    for (key, out) in keys.iter().zip(out) {
        if key.len() < 4 {
            *out = crc32::update(before, key);
        }
    }
}

/// See [`update_all`](super::update_all).
pub(super) fn update_all(_: Clmul512, before: u32, keys: &[&[u8]], out: &mut [u32]) {
    // SAFETY: the argument proves that this CPU has AVX-512 F, BW and DQ, and
    // VPCLMULQDQ.
    unsafe { all(before, keys, out) };
}
