//! Scores in safe code, a key or a server a step: loops that the compiler turns
//! into what vectors every CPU of the target has.

use super::LANES;
use super::columns::{Block, Columns, Lanes, Many, One};
use super::steps::{FLOOR, LOG, score_kernels};
use crate::hash::word::low32;

const WIDTH: usize = 1;

/// Keys that go through the servers together: 2 KiB of state.
pub(super) const KEYS: usize = 64;

#[inline]
fn splat(word: u32) -> u32 {
    word
}

#[inline]
fn splat_f(number: f32) -> f32 {
    number
}

#[inline]
fn load(words: &[u32; WIDTH]) -> u32 {
    words[0]
}

#[inline]
fn load_f(numbers: &[f32; WIDTH]) -> f32 {
    numbers[0]
}

#[inline]
fn store(words: &mut [u32; WIDTH], word: u32) {
    words[0] = word;
}

#[inline]
fn store_f(numbers: &mut [f32; WIDTH], number: f32) {
    numbers[0] = number;
}

#[inline]
fn and(x: u32, y: u32) -> u32 {
    x & y
}

#[inline]
fn or(x: u32, y: u32) -> u32 {
    x | y
}

#[inline]
fn xor(x: u32, y: u32) -> u32 {
    x ^ y
}

#[inline]
fn sub(x: u32, y: u32) -> u32 {
    x.wrapping_sub(y)
}

#[inline]
fn mul(x: u32, y: u32) -> u32 {
    x.wrapping_mul(y)
}

#[inline]
fn shr<const BY: u32>(x: u32) -> u32 {
    x >> BY
}

#[inline]
fn sign(x: u32) -> u32 {
    (x.cast_signed() >> 31).cast_unsigned()
}

#[inline]
fn add_f(x: f32, y: f32) -> f32 {
    x + y
}

#[inline]
fn sub_f(x: f32, y: f32) -> f32 {
    x - y
}

#[inline]
fn mul_f(x: f32, y: f32) -> f32 {
    x * y
}

// `f32::min` asks whether one is no number, which none is here.
#[inline]
fn min_f(x: f32, y: f32) -> f32 {
    if x < y { x } else { y }
}

#[inline]
fn max_f(x: f32, y: f32) -> f32 {
    if x > y { x } else { y }
}

#[inline]
fn to_float(x: u32) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "rounded to nearest, ties to even, everywhere")]
    let float = x.cast_signed() as f32;
    float
}

#[inline]
fn float_of(x: u32) -> f32 {
    f32::from_bits(x)
}

#[inline]
fn bits_of(x: f32) -> u32 {
    x.to_bits()
}

#[inline]
fn pick(ones: u32, x: u32, y: u32) -> u32 {
    x & ones | y & !ones
}

/// Without a branch, which the compiler would make one store a lane.
#[inline]
fn if_less(a: f32, b: f32, x: u32, y: u32) -> u32 {
    y ^ ((x ^ y) & (-i32::from(a < b)).cast_unsigned())
}

score_kernels!(u32, f32);

/// The score of one server at one key.
#[inline]
pub(super) fn score_of((low, high, stretch): (u32, u32, f32), key: u64) -> f32 {
    score(draw(low32(key), low32(key >> 32), low, high), stretch)
}

/// Many keys at all servers.
pub(super) fn many(servers: &Columns, block: &mut Block<KEYS>, how: Many) {
    of_keys(servers, block, how);
}

/// One key at all servers.
pub(super) fn one(servers: &Columns, key: u64, how: One<'_>) {
    of_servers(servers, key, how);
}
