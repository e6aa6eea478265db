//! The fuzzer of one target, which is named when it is built, so that it has the code
//! and the counters of that target alone: see scripts/fuzz.
#![no_main]

use continuum_fuzz::{records, targets};

const NAME: &str = match option_env!("CONTINUUM_FUZZ") {
    Some(name) => name,
    None => "server-text",
};

const RUN: fn(&[u8]) = targets::named(NAME);

libfuzzer_sys::fuzz_target!(|data: &[u8]| RUN(data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, most: usize, seed: u32| {
    let whole =
        if targets::has_records(NAME) { records::mutate(data, size, most, seed) } else { None };
    whole.unwrap_or_else(|| libfuzzer_sys::fuzzer_mutate(data, size, most))
});
