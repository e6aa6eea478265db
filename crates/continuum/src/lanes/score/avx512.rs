//! Scores in AVX-512: sixteen lanes a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::LANES;
use super::columns::{Block, Columns, Lanes, Many, One};
use super::steps::{FLOOR, LOG, score_kernels};
use crate::hash::word::low32;
use crate::lanes::level::Avx512;
use crate::lanes::ops::avx512::{WIDTH, and, load, mul, or, right, splat, store, xor};
use crate::lanes::ops::ops;

/// Keys that go through the servers together: two vectors share a load of a server.
pub(super) const KEYS: usize = 2 * WIDTH;

ops! { [#[target_feature(enable = "avx512f")]]
    splat_f(number: f32) -> __m512 = _mm512_set1_ps(number);
    sub(x: __m512i, y: __m512i) -> __m512i = _mm512_sub_epi32(x, y);
    sign(x: __m512i) -> __m512i = _mm512_srai_epi32::<31>(x);
    add_f(x: __m512, y: __m512) -> __m512 = _mm512_add_ps(x, y);
    sub_f(x: __m512, y: __m512) -> __m512 = _mm512_sub_ps(x, y);
    mul_f(x: __m512, y: __m512) -> __m512 = _mm512_mul_ps(x, y);
    min_f(x: __m512, y: __m512) -> __m512 = _mm512_min_ps(x, y);
    max_f(x: __m512, y: __m512) -> __m512 = _mm512_max_ps(x, y);
    to_float(x: __m512i) -> __m512 = _mm512_cvtepi32_ps(x);
    float_of(x: __m512i) -> __m512 = _mm512_castsi512_ps(x);
    bits_of(x: __m512) -> __m512i = _mm512_castps_si512(x);
    // The truth table is read at index 4·ones + 2x + y.
    pick(ones: __m512i, x: __m512i, y: __m512i) -> __m512i =
        _mm512_ternarylogic_epi32::<0b1100_1010>(ones, x, y);
    if_less(a: __m512, b: __m512, x: __m512i, y: __m512i) -> __m512i =
        _mm512_mask_mov_epi32(y, _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), x);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_f(numbers: &[f32; WIDTH]) -> __m512 {
    // SAFETY: the reference is to 64 readable bytes; the load needs no alignment.
    unsafe { _mm512_loadu_ps(numbers.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_f(numbers: &mut [f32; WIDTH], vector: __m512) {
    // SAFETY: the reference is to 64 writable bytes; the store needs no alignment.
    unsafe { _mm512_storeu_ps(numbers.as_mut_ptr(), vector) }
}

score_kernels!(
    #[target_feature(enable = "avx512f")]
    __m512i,
    __m512
);

/// Many keys at all servers.
pub(super) fn many(_: Avx512, servers: &Columns, block: &mut Block<KEYS>, how: Many) {
    // SAFETY: the argument proves that this CPU has AVX-512 F.
    unsafe { of_keys(servers, block, how) }
}

/// One key at all servers.
pub(super) fn one(_: Avx512, servers: &Columns, key: u64, how: One<'_>) {
    // SAFETY: the argument proves that this CPU has AVX-512 F.
    unsafe { of_servers(servers, key, how) }
}
