//! Hashes by bytes and words in AVX2: eight keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check")]

use std::arch::x86_64::__m256i;

use super::rule::{Rule, Seed};
use super::steps::word_hashes;
use crate::lanes::group::{Group, Kernel};
use crate::lanes::level::Avx2;
use crate::lanes::md5::copy_short;
use crate::lanes::ops::avx2::*;

/// Sixteen words of every key from byte `from` on, zeros behind its end; half of
/// them where no key is longer.
#[inline]
#[target_feature(enable = "avx2")]
fn load_words<const GROUPS: usize>(
    keys: &Group<'_, WIDTH, GROUPS>,
    from: u32,
    words: &mut [[__m256i; 16]; GROUPS],
) {
    let halves = if keys.longest - from > 32 { 2 } else { 1 };
    for (words, keys) in words.iter_mut().zip(&keys.keys) {
        let mut blocks = [[0; 64]; WIDTH];
        for (block, key) in blocks.iter_mut().zip(keys) {
            copy_short(key.get(from as usize..).unwrap_or_default(), block);
        }
        for half in 0..halves {
            words[half * 8..half * 8 + 8].copy_from_slice(&transposed(&blocks, half));
        }
    }
}

word_hashes!(
    #[target_feature(enable = "avx2")]
    __m256i
);

#[target_feature(enable = "avx2")]
fn groups<const GROUPS: usize>(
    rule: Rule,
    keys: &Group<'_, WIDTH, GROUPS>,
    out: &mut [[u32; WIDTH]; GROUPS],
) {
    for (out, hash) in out.iter_mut().zip(hashes(rule, keys)) {
        store(out, hash);
    }
}

impl Kernel<WIDTH, u32> for (Avx2, Rule) {
    fn hash<const GROUPS: usize>(
        &self,
        keys: &Group<'_, WIDTH, GROUPS>,
        out: &mut [[u32; WIDTH]; GROUPS],
    ) {
        // SAFETY: the pair holds the proof that this CPU has AVX2.
        unsafe { groups(self.1, keys, out) };
    }
}
