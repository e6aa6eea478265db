//! The natural logarithm, with the same bits on every machine.
//!
//! What a platform's `ln` answers in the last bit is its own affair, and a
//! weighted rendezvous compares such bits. This is fdlibm's `__ieee754_log`
//! (Sun Microsystems, 1993; the constants are its): x is 2^k (1 + f) with 1 + f
//! between √½ and √2, and log(1 + f) a polynomial in s = f / (2 + f). Additions,
//! products and one quotient, each rounded on its own. The error stays below
//! 1 ulp.

/// High part of ln 2; the product with any exponent is exact.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
/// `Lg1` to `Lg7`.
const LG: [f64; 7] = [
    f64::from_bits(0x3fe5_5555_5555_5593),
    f64::from_bits(0x3fd9_9999_9997_fa04),
    f64::from_bits(0x3fd2_4924_9422_9359),
    f64::from_bits(0x3fcc_71c5_1d8e_78af),
    f64::from_bits(0x3fc7_4664_96cb_03de),
    f64::from_bits(0x3fc3_9a09_d078_c69f),
    f64::from_bits(0x3fc2_f112_df3e_5244),
];

/// The natural logarithm: negative infinity at 0, not a number below it.
pub(crate) fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    /// √½, its low word cut.
    const HALF_ROOT: u64 = 0x3fe6_a09e_0000_0000;
    const ONE: u64 = 0x3ff0_0000_0000_0000;

    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if !(x > 0.0 && x < f64::INFINITY) {
        return if x > 0.0 { x } else { f64::NAN };
    }
    if x == 1.0 {
        return 0.0;
    }
    // 2^54 makes a subnormal number normal.
    let (x, shifted) =
        if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, 54) } else { (x, 0) };
    // The bits moved so that √½ starts a binade: the exponent is then k.
    let moved = x.to_bits() + (ONE - HALF_ROOT);
    // At most 2047.
    let biased = i32::try_from(moved >> 52).unwrap_or(0);
    let k = f64::from(biased - 1023 - shifted);
    let f = f64::from_bits((moved & MANTISSA) + HALF_ROOT) - 1.0;

    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (LG[1] + w * (LG[3] + w * LG[5]));
    let odd = z * (LG[0] + w * (LG[2] + w * (LG[4] + w * LG[6])));
    let rest = odd + even;
    s * (half_square + rest) + k * LN2_LOW - half_square + f + k * LN2_HIGH
}

#[cfg(test)]
mod tests {
    use super::ln;

    /// The platform's, whose error is below 1 ulp as well.
    #[expect(clippy::disallowed_methods, reason = "what the pinned one is compared with")]
    fn platform(x: f64) -> f64 {
        x.ln()
    }

    fn check(x: f64) {
        let (ours, theirs) = (ln(x), platform(x));
        let apart = ours.to_bits().abs_diff(theirs.to_bits());
        assert!(apart <= 1, "ln({x:e}) is {ours:e} here, {theirs:e} there");
    }

    #[test]
    fn agrees_with_the_platform_to_the_last_bit_but_one() {
        let mut state = 2010_u64;
        for _ in 0..2_000_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            // What weighted rendezvous asks: k / 2^53.
            #[expect(clippy::cast_precision_loss, reason = "53 bits")]
            check((state >> 11) as f64 / 9_007_199_254_740_992.0);
            // Any positive finite number, its sign bit cleared.
            let any = f64::from_bits(state & (u64::MAX >> 1));
            if any.is_finite() {
                check(any);
            }
        }
    }

    #[test]
    fn ends_and_middle() {
        for x in [1.0, 2.0, 0.5, f64::MIN_POSITIVE, f64::MAX, 1.0 - f64::EPSILON / 2.0, 5e-324] {
            check(x);
        }
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(-0.0), f64::NEG_INFINITY);
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert!(ln(-1.0).is_nan() && ln(f64::NAN).is_nan());
    }

    /// Bits that never change.
    #[test]
    fn pinned() {
        let mut sum = 0_u64;
        for number in 1..100_000_u32 {
            sum = sum.rotate_left(5) ^ ln(f64::from(number) / 100_000.0).to_bits();
        }
        assert_eq!(sum, PINNED);
    }

    const PINNED: u64 = 9_360_303_851_188_244_211;
}
