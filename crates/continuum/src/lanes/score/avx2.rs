//! Scores in AVX2: eight lanes a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::LANES;
use super::columns::{Block, Columns, Lanes, Many, One};
use super::steps::{FLOOR, LOG, score_kernels};
use crate::hash::word::low32;
use crate::lanes::level::Avx2;

const WIDTH: usize = 8;

/// Keys that go through the servers together: state for 16 registers.
pub(super) const KEYS: usize = 2 * WIDTH;

/// A function of vectors that is one instruction.
macro_rules! op {
    ($name:ident($($x:ident: $of:ty),*) -> $to:ty, $is:expr) => {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn $name($($x: $of),*) -> $to {
            $is
        }
    };
}

op!(splat(word: u32) -> __m256i, _mm256_set1_epi32(word.cast_signed()));
op!(splat_f(number: f32) -> __m256, _mm256_set1_ps(number));
op!(and(x: __m256i, y: __m256i) -> __m256i, _mm256_and_si256(x, y));
op!(or(x: __m256i, y: __m256i) -> __m256i, _mm256_or_si256(x, y));
op!(xor(x: __m256i, y: __m256i) -> __m256i, _mm256_xor_si256(x, y));
op!(sub(x: __m256i, y: __m256i) -> __m256i, _mm256_sub_epi32(x, y));
op!(mul(x: __m256i, y: __m256i) -> __m256i, _mm256_mullo_epi32(x, y));
op!(sign(x: __m256i) -> __m256i, _mm256_srai_epi32::<31>(x));
op!(add_f(x: __m256, y: __m256) -> __m256, _mm256_add_ps(x, y));
op!(sub_f(x: __m256, y: __m256) -> __m256, _mm256_sub_ps(x, y));
op!(mul_f(x: __m256, y: __m256) -> __m256, _mm256_mul_ps(x, y));
op!(min_f(x: __m256, y: __m256) -> __m256, _mm256_min_ps(x, y));
op!(max_f(x: __m256, y: __m256) -> __m256, _mm256_max_ps(x, y));
op!(to_float(x: __m256i) -> __m256, _mm256_cvtepi32_ps(x));
op!(float_of(x: __m256i) -> __m256, _mm256_castsi256_ps(x));
op!(bits_of(x: __m256) -> __m256i, _mm256_castps_si256(x));
// A blend takes the top bit of each lane, which stands for all.
op!(pick(ones: __m256i, x: __m256i, y: __m256i) -> __m256i,
    bits_of(_mm256_blendv_ps(float_of(y), float_of(x), float_of(ones))));
op!(if_less(a: __m256, b: __m256, x: __m256i, y: __m256i) -> __m256i,
    pick(bits_of(_mm256_cmp_ps::<_CMP_LT_OQ>(a, b)), x, y));

#[inline]
#[target_feature(enable = "avx2")]
fn shr<const BY: i32>(x: __m256i) -> __m256i {
    _mm256_srli_epi32::<BY>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(words: &[u32; WIDTH]) -> __m256i {
    // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_f(numbers: &[f32; WIDTH]) -> __m256 {
    // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(words: &mut [u32; WIDTH], vector: __m256i) {
    // SAFETY: the reference is to 32 writable bytes; the store needs no alignment.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) }
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
