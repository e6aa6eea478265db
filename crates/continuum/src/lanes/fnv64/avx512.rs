//! FNV-1a of 64 bits in AVX-512: eight keys a vector.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use crate::hash::fnv::{OFFSET_64, PRIME_64};
use crate::lanes::group::{Group, Kernel};
use crate::lanes::level::Avx512;
use crate::lanes::ops::avx512::load_row;

/// Keys in a vector.
const WIDTH: usize = 8;

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

/// Row r's word w becomes vector w's lane r.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn transposed(rows: &[__m512i; 8]) -> [__m512i; 8] {
    let mut pairs = [[_mm512_setzero_si512(); 2]; 4];
    for (pair, [r0, r1]) in pairs.iter_mut().zip(rows.as_chunks().0) {
        *pair = [_mm512_unpacklo_epi64(*r0, *r1), _mm512_unpackhi_epi64(*r0, *r1)];
    }
    let mut words = [_mm512_setzero_si512(); 8];
    for c in 0..2 {
        // The even quarters of two registers, and the odd ones.
        let even01 = _mm512_shuffle_i64x2::<0x88>(pairs[0][c], pairs[1][c]);
        let even23 = _mm512_shuffle_i64x2::<0x88>(pairs[2][c], pairs[3][c]);
        let odd01 = _mm512_shuffle_i64x2::<0xdd>(pairs[0][c], pairs[1][c]);
        let odd23 = _mm512_shuffle_i64x2::<0xdd>(pairs[2][c], pairs[3][c]);
        words[c] = _mm512_shuffle_i64x2::<0x88>(even01, even23);
        words[2 + c] = _mm512_shuffle_i64x2::<0x88>(odd01, odd23);
        words[4 + c] = _mm512_shuffle_i64x2::<0xdd>(even01, even23);
        words[6 + c] = _mm512_shuffle_i64x2::<0xdd>(odd01, odd23);
    }
    words
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,bmi2")]
fn groups<const GROUPS: usize>(group: &Group<'_, WIDTH, GROUPS>, out: &mut [[u64; WIDTH]; GROUPS]) {
    let (prime, low) = (splat(PRIME_64), splat(0xff));
    let mut hashes = [splat(OFFSET_64); GROUPS];
    let mut ends = [splat(0); GROUPS];
    for (end, lengths) in ends.iter_mut().zip(&group.lengths) {
        // SAFETY: the reference is to 32 readable bytes; the load needs no alignment.
        let lengths = unsafe { _mm256_loadu_si256(lengths.as_ptr().cast()) };
        *end = _mm512_cvtepu32_epi64(lengths);
    }
    let mut block = [[splat(0); 8]; GROUPS];
    for from in (0..group.longest).step_by(64) {
        for (words, keys) in block.iter_mut().zip(&group.keys) {
            *words = transposed(&keys.map(|key| load_row(key, from as usize)));
        }
        for (word, from) in (0_usize..8).zip((from..group.longest).step_by(8)) {
            let mut words = block.map(|words| words[word]);
            for at in from..(from + 8).min(group.longest) {
                for k in 0..GROUPS {
                    let byte = _mm512_and_si512(words[k], low);
                    let hash = _mm512_mullo_epi64(_mm512_xor_si512(hashes[k], byte), prime);
                    words[k] = _mm512_srli_epi64::<8>(words[k]);
                    // A lane whose key has ended keeps its hash.
                    hashes[k] = if at < group.shortest {
                        hash
                    } else {
                        let live = _mm512_cmpgt_epu64_mask(ends[k], splat(at.into()));
                        _mm512_mask_mov_epi64(hashes[k], live, hash)
                    };
                }
            }
        }
    }
    for (out, hash) in out.iter_mut().zip(hashes) {
        // SAFETY: the reference is to 64 writable bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), hash) };
    }
}

impl Kernel<WIDTH, u64> for Avx512 {
    fn hash<const GROUPS: usize>(
        &self,
        keys: &Group<'_, WIDTH, GROUPS>,
        out: &mut [[u64; WIDTH]; GROUPS],
    ) {
        // SAFETY: the value proves that this CPU has AVX-512 F, BW and DQ, and BMI2.
        unsafe { groups(keys, out) };
    }
}
