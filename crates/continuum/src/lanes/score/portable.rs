//! Scores in safe code, a key or a server a step: loops that the compiler turns
//! into what vectors every CPU of the target has.

use super::LANES;
use super::columns::{Block, Columns, Lanes, Many, One};
use super::steps::{FLOOR, LOG, score_kernels};
use crate::hash::word::low32;
use crate::lanes::ops::ops;

const WIDTH: usize = 1;

/// Keys that go through the servers together: 2 KiB of state.
pub(super) const KEYS: usize = 64;

ops! { []
    splat(word: u32) -> u32 = word;
    splat_f(number: f32) -> f32 = number;
    load(words: &[u32; WIDTH]) -> u32 = words[0];
    load_f(numbers: &[f32; WIDTH]) -> f32 = numbers[0];
    store(words: &mut [u32; WIDTH], word: u32) -> () = words[0] = word;
    store_f(numbers: &mut [f32; WIDTH], number: f32) -> () = numbers[0] = number;
    and(x: u32, y: u32) -> u32 = x & y;
    or(x: u32, y: u32) -> u32 = x | y;
    xor(x: u32, y: u32) -> u32 = x ^ y;
    sub(x: u32, y: u32) -> u32 = x.wrapping_sub(y);
    mul(x: u32, y: u32) -> u32 = x.wrapping_mul(y);
    right<BITS: u32>(x: u32) -> u32 = x >> BITS;
    sign(x: u32) -> u32 = (x.cast_signed() >> 31).cast_unsigned();
    add_f(x: f32, y: f32) -> f32 = x + y;
    sub_f(x: f32, y: f32) -> f32 = x - y;
    mul_f(x: f32, y: f32) -> f32 = x * y;
    // `f32::min` asks whether one is no number, which none is here.
    min_f(x: f32, y: f32) -> f32 = if x < y { x } else { y };
    max_f(x: f32, y: f32) -> f32 = if x > y { x } else { y };
    float_of(x: u32) -> f32 = f32::from_bits(x);
    bits_of(x: f32) -> u32 = x.to_bits();
    pick(ones: u32, x: u32, y: u32) -> u32 = x & ones | y & !ones;
    // Without a branch, which the compiler would make one store a lane.
    if_less(a: f32, b: f32, x: u32, y: u32) -> u32 =
        y ^ ((x ^ y) & (-i32::from(a < b)).cast_unsigned());
}

#[inline]
#[expect(clippy::cast_precision_loss, reason = "rounded to nearest, ties to even, everywhere")]
fn to_float(x: u32) -> f32 {
    x.cast_signed() as f32
}

score_kernels!(u32, f32);

/// The score of one server at one key.
#[inline]
pub(super) fn score_of((low, high, stretch): (u32, u32, f32), key: u64) -> f32 {
    score(draw(low32(key), low32(key >> 32), low, high), stretch)
}

/// Many keys at all servers.
pub(super) fn many((): (), servers: &Columns, block: &mut Block<KEYS>, how: Many) {
    of_keys(servers, block, how);
}

/// One key at all servers.
pub(super) fn one((): (), servers: &Columns, key: u64, how: One<'_>) {
    of_servers(servers, key, how);
}
