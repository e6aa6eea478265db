//! SplitMix64's output function: Guy Steele, Doug Lea and Christine Flood (2014),
//! with the constants of Sebastiano Vigna's splitmix64.c (2015).
//!
//! Our own schemes turn numbers into well mixed numbers with it.

/// What the generator adds to its state a step.
pub(crate) const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A state's output: a permutation of the 64-bit numbers.
#[inline]
pub(crate) const fn mix(state: u64) -> u64 {
    let mut z = state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The first output of the generator seeded with `seed`.
#[inline]
pub(crate) const fn splitmix64(seed: u64) -> u64 {
    mix(seed.wrapping_add(GAMMA))
}

#[cfg(test)]
mod tests {
    use super::{GAMMA, splitmix64};

    /// The first outputs for the seed 1234567, as rosettacode.org prints them.
    #[test]
    fn published() {
        let first = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        for (step, output) in (0_u64..).zip(first) {
            assert_eq!(splitmix64(1_234_567_u64.wrapping_add(step.wrapping_mul(GAMMA))), output);
        }
    }
}
