//! Scores in NEON: four lanes a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::aarch64::*;

use super::LANES;
use super::columns::{Block, Columns, Lanes, Many, One};
use super::steps::{FLOOR, LOG, score_kernels};
use crate::hash::word::low32;
use crate::lanes::level::Neon;
use crate::lanes::ops::ops;

const WIDTH: usize = 4;

/// Keys that go through the servers together: state for 32 registers.
pub(super) const KEYS: usize = 4 * WIDTH;

ops! { [#[target_feature(enable = "neon")]]
    splat(word: u32) -> uint32x4_t = vdupq_n_u32(word);
    splat_f(number: f32) -> float32x4_t = vdupq_n_f32(number);
    and(x: uint32x4_t, y: uint32x4_t) -> uint32x4_t = vandq_u32(x, y);
    or(x: uint32x4_t, y: uint32x4_t) -> uint32x4_t = vorrq_u32(x, y);
    xor(x: uint32x4_t, y: uint32x4_t) -> uint32x4_t = veorq_u32(x, y);
    sub(x: uint32x4_t, y: uint32x4_t) -> uint32x4_t = vsubq_u32(x, y);
    mul(x: uint32x4_t, y: uint32x4_t) -> uint32x4_t = vmulq_u32(x, y);
    right<BITS: i32>(x: uint32x4_t) -> uint32x4_t = vshrq_n_u32::<BITS>(x);
    sign(x: uint32x4_t) -> uint32x4_t =
        vreinterpretq_u32_s32(vshrq_n_s32::<31>(vreinterpretq_s32_u32(x)));
    add_f(x: float32x4_t, y: float32x4_t) -> float32x4_t = vaddq_f32(x, y);
    sub_f(x: float32x4_t, y: float32x4_t) -> float32x4_t = vsubq_f32(x, y);
    mul_f(x: float32x4_t, y: float32x4_t) -> float32x4_t = vmulq_f32(x, y);
    min_f(x: float32x4_t, y: float32x4_t) -> float32x4_t = vminq_f32(x, y);
    max_f(x: float32x4_t, y: float32x4_t) -> float32x4_t = vmaxq_f32(x, y);
    to_float(x: uint32x4_t) -> float32x4_t = vcvtq_f32_s32(vreinterpretq_s32_u32(x));
    float_of(x: uint32x4_t) -> float32x4_t = vreinterpretq_f32_u32(x);
    bits_of(x: float32x4_t) -> uint32x4_t = vreinterpretq_u32_f32(x);
    pick(ones: uint32x4_t, x: uint32x4_t, y: uint32x4_t) -> uint32x4_t = vbslq_u32(ones, x, y);
    if_less(a: float32x4_t, b: float32x4_t, x: uint32x4_t, y: uint32x4_t) -> uint32x4_t =
        vbslq_u32(vcltq_f32(a, b), x, y);
}

#[inline]
#[target_feature(enable = "neon")]
fn load(words: &[u32; WIDTH]) -> uint32x4_t {
    // SAFETY: the reference is to 16 readable bytes, aligned as words are.
    unsafe { vld1q_u32(words.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn load_f(numbers: &[f32; WIDTH]) -> float32x4_t {
    // SAFETY: the reference is to 16 readable bytes, aligned as numbers are.
    unsafe { vld1q_f32(numbers.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store(words: &mut [u32; WIDTH], vector: uint32x4_t) {
    // SAFETY: the reference is to 16 writable bytes, aligned as words are.
    unsafe { vst1q_u32(words.as_mut_ptr(), vector) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store_f(numbers: &mut [f32; WIDTH], vector: float32x4_t) {
    // SAFETY: the reference is to 16 writable bytes, aligned as numbers are.
    unsafe { vst1q_f32(numbers.as_mut_ptr(), vector) }
}

score_kernels!(
    #[target_feature(enable = "neon")]
    uint32x4_t,
    float32x4_t
);

/// Many keys at all servers.
pub(super) fn many(_: Neon, servers: &Columns, block: &mut Block<KEYS>, how: Many) {
    // SAFETY: the argument proves that this CPU has NEON.
    unsafe { of_keys(servers, block, how) }
}

/// One key at all servers.
pub(super) fn one(_: Neon, servers: &Columns, key: u64, how: One<'_>) {
    // SAFETY: the argument proves that this CPU has NEON.
    unsafe { of_servers(servers, key, how) }
}
