//! The natural logarithm of Go's `math.Log` on amd64: every operation rounded once, in
//! this order, none fused.
//!
//! The method is that of FreeBSD's libm, which Go's documentation names: x is
//! 2^k (1 + f) with 1 + f from sqrt(2) / 2 to sqrt(2). With s = f / (2 + f),
//! ln(1 + f) = 2s + 2s^3/3 + 2s^5/5 + … is f - s (f - R), where R is a polynomial in
//! s^2 of degree 7 that is within 2^-58.45 of the rest of the series, and f²/2 is
//! taken apart so that little is lost. ln 2 comes in two parts, the upper one short
//! enough for its product with k to be exact.

const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// The coefficients of s², s⁴ … s¹⁴ in R.
const R: [f64; 7] = [
    0.666_666_666_666_673_5,
    0.399_999_999_994_094_2,
    0.285_714_287_436_623_9,
    0.222_221_984_321_497_84,
    0.181_835_721_616_180_5,
    0.153_138_376_992_093_73,
    0.147_981_986_051_165_86,
];

/// The logarithm of a normal number above 0.
pub(super) fn log(x: f64) -> f64 {
    let (mut one_and_f, mut k) = split(x);
    if one_and_f < std::f64::consts::FRAC_1_SQRT_2 {
        one_and_f *= 2.0;
        k -= 1;
    }
    let (f, k) = (one_and_f - 1.0, f64::from(k));
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2 * (R[0] + s4 * (R[2] + s4 * (R[4] + s4 * R[6])));
    let even = s4 * (R[1] + s4 * (R[3] + s4 * R[5]));
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + (odd + even)) + k * LN2_LOW)) - f)
}

/// A number from 0.5 up to 1, and the power of two that it is multiplied by.
fn split(x: f64) -> (f64, i32) {
    const FRACTION: u64 = (1 << 52) - 1;
    /// The exponent's bits of 0.5.
    const HALF: u64 = 0x3fe;
    let bits = x.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    (f64::from_bits(bits & FRACTION | HALF << 52), exponent - 0x3fe)
}

#[cfg(test)]
mod tests {
    use super::log;

    /// Computed by Python's `math.log`, rounded correctly where Go's is as well.
    #[test]
    fn known() {
        assert_eq!(log(1.0).to_bits(), 0);
        for (x, want) in [
            (0.5, -std::f64::consts::LN_2),
            (0.25, -2.0 * std::f64::consts::LN_2),
            (0.1, -2.302_585_092_994_045_5),
            (0.999, -0.001_000_500_333_583_534_4),
            (1.0 / 18_446_744_073_709_551_616.0, -44.361_419_555_836_5),
        ] {
            assert!((log(x) - want).abs() <= want.abs() * f64::EPSILON, "{x}: {}", log(x));
        }
    }
}
