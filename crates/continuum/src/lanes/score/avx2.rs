//! Scores in AVX2: eight lanes a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::LANES;
use super::columns::{Block, Columns, Lanes, Many, One};
use super::steps::{FLOOR, LOG, score_kernels};
use crate::hash::word::low32;
use crate::lanes::level::Avx2;
use crate::lanes::ops::avx2::{WIDTH, and, load, mul, or, right, splat, store, xor};
use crate::lanes::ops::ops;

/// Keys that go through the servers together: state for 16 registers.
pub(super) const KEYS: usize = 2 * WIDTH;

ops! { [#[target_feature(enable = "avx2")]]
    splat_f(number: f32) -> __m256 = _mm256_set1_ps(number);
    sub(x: __m256i, y: __m256i) -> __m256i = _mm256_sub_epi32(x, y);
    sign(x: __m256i) -> __m256i = _mm256_srai_epi32::<31>(x);
    add_f(x: __m256, y: __m256) -> __m256 = _mm256_add_ps(x, y);
    sub_f(x: __m256, y: __m256) -> __m256 = _mm256_sub_ps(x, y);
    mul_f(x: __m256, y: __m256) -> __m256 = _mm256_mul_ps(x, y);
    min_f(x: __m256, y: __m256) -> __m256 = _mm256_min_ps(x, y);
    max_f(x: __m256, y: __m256) -> __m256 = _mm256_max_ps(x, y);
    to_float(x: __m256i) -> __m256 = _mm256_cvtepi32_ps(x);
    float_of(x: __m256i) -> __m256 = _mm256_castsi256_ps(x);
    bits_of(x: __m256) -> __m256i = _mm256_castps_si256(x);
    // A blend takes the top bit of each lane, which stands for all.
    pick(ones: __m256i, x: __m256i, y: __m256i) -> __m256i =
        bits_of(_mm256_blendv_ps(float_of(y), float_of(x), float_of(ones)));
    if_less(a: __m256, b: __m256, x: __m256i, y: __m256i) -> __m256i =
        pick(bits_of(_mm256_cmp_ps::<_CMP_LT_OQ>(a, b)), x, y);
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_f(numbers: &[f32; WIDTH]) -> __m256 {
    // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_f(numbers: &mut [f32; WIDTH], vector: __m256) {
    // SAFETY: the reference is to 32 writable bytes; the store needs no alignment.
    unsafe { _mm256_storeu_ps(numbers.as_mut_ptr(), vector) }
}

score_kernels!(
    #[target_feature(enable = "avx2")]
    __m256i,
    __m256
);

/// Many keys at all servers.
pub(super) fn many(_: Avx2, servers: &Columns, block: &mut Block<KEYS>, how: Many) {
    // SAFETY: the argument proves that this CPU has AVX2.
    unsafe { of_keys(servers, block, how) }
}

/// One key at all servers.
pub(super) fn one(_: Avx2, servers: &Columns, key: u64, how: One<'_>) {
    // SAFETY: the argument proves that this CPU has AVX2.
    unsafe { of_servers(servers, key, how) }
}
