//! Hashes by bytes and words in AVX-512: sixteen keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check")]

use std::arch::x86_64::__m512i;

use super::rule::{Rule, Seed};
use super::steps::word_hashes;
use crate::lanes::group::{Group, Kernel};
use crate::lanes::level::Avx512;
use crate::lanes::ops::avx512::*;

/// Sixteen words of every key from byte `from` on, zeros behind its end.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn load_words<const GROUPS: usize>(
    keys: &Group<'_, WIDTH, GROUPS>,
    from: u32,
    words: &mut [[__m512i; 16]; GROUPS],
) {
    for (words, keys) in words.iter_mut().zip(&keys.keys) {
        *words = transposed(&keys.map(|key| load_row(key, from as usize)));
    }
}

word_hashes!(
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
    __m512i
);

#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn groups<const GROUPS: usize>(
    rule: Rule,
    keys: &Group<'_, WIDTH, GROUPS>,
    out: &mut [[u32; WIDTH]; GROUPS],
) {
    for (out, hash) in out.iter_mut().zip(hashes(rule, keys)) {
        store(out, hash);
    }
}

impl Kernel<WIDTH, u32> for (Avx512, Rule) {
    fn hash<const GROUPS: usize>(
        &self,
        keys: &Group<'_, WIDTH, GROUPS>,
        out: &mut [[u32; WIDTH]; GROUPS],
    ) {
        // SAFETY: the pair holds the proof that this CPU has AVX-512 F, BW and DQ, and BMI2.
        unsafe { groups(self.1, keys, out) };
    }
}
