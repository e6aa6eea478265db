//! How properties are tried.

use proptest::test_runner::{Config, RngSeed};

/// Properties over `cases` inputs that are the same in every run; a failure
/// prints its input, which then belongs into a test of its own.
pub fn cases(cases: u32) -> Config {
    let rng_seed = RngSeed::Fixed(2010);
    Config { cases, rng_seed, failure_persistence: None, ..Config::default() }
}
