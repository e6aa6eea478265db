//! The score of one server at one key, step by step: what the kernels are tested
//! against.

use super::steps::LOG;

/// 32 bits of a key's 64 and a server's 64: Chris Wellons' triple32 over the low
/// halves, the high halves entering after the first of its three rounds.
pub(super) fn draw(key_low: u32, key_high: u32, low: u32, high: u32) -> u32 {
    let mut x = key_low ^ low;
    x ^= x >> 17;
    x = x.wrapping_mul(0xed5a_d4bb);
    x ^= x >> 11;
    x ^= key_high ^ high;
    x = x.wrapping_mul(0xac4c_1b51);
    x ^= x >> 15;
    x = x.wrapping_mul(0x3184_8bab);
    x ^ (x >> 14)
}

/// −log₂(1 − x) with x = (draw + ½) / 2³², always above 0.
///
/// Small values decide, and are exact to 24 bits: below one half x itself is
/// converted, above it 1 − x, whose exponent is the integer part.
pub(super) fn negative_log(draw: u32) -> f32 {
    let sign = draw.cast_signed() >> 31;
    let near = draw.cast_signed() ^ sign;
    #[expect(clippy::cast_precision_loss, reason = "rounded to nearest, ties to even, everywhere")]
    let float = near as f32 + 0.5;
    let bits = float.to_bits().cast_signed();
    let below_half = float * f32::from_bits(0x3000_0000);
    let above_half = 2.0 - f32::from_bits((bits & 0x007f_ffff | 0x3f80_0000).cast_unsigned());
    let m = f32::from_bits(
        (below_half.to_bits().cast_signed() & !sign | above_half.to_bits().cast_signed() & sign)
            .cast_unsigned(),
    );
    let [c0, c1, c2, c3, c4, c5, c6, c7] = LOG;
    let mut sum = c7 * m + c6;
    sum = sum * m + c5;
    sum = sum * m + c4;
    sum = sum * m + c3;
    sum = sum * m + c2;
    sum = sum * m + c1;
    sum = sum * m + c0;
    #[expect(clippy::cast_precision_loss, reason = "from 0 to 32")]
    let whole = ((158 - (bits >> 23)) & sign) as f32;
    whole + sum * m
}

/// The bits of a score. Scores are positive, and positive floats order as their
/// bits do.
pub(super) fn score(key_low: u32, key_high: u32, low: u32, high: u32, stretch: f32) -> i32 {
    (negative_log(draw(key_low, key_high, low, high)) * stretch).to_bits().cast_signed()
}
