//! Hashes of 64 bits in AVX-512: eight keys a vector, of at most 64 bytes each.
#![allow(unsafe_code, reason = "calls behind the CPU check, and moves between arrays and vectors")]

use std::arch::x86_64::*;

use super::avx512_words::load_row;
use super::level::Avx512;
use super::longs::Rule;
use crate::hash::fnv::{OFFSET_64, PRIME_64};
use crate::hash::murmur2::M64;
use crate::hash::word::len32;
use crate::hash::xxh64::{PRIME_1, PRIME_2, PRIME_3, PRIME_4, PRIME_5};

/// Keys in a vector.
pub(super) const WIDTH: usize = 8;

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn add(x: __m512i, y: __m512i) -> __m512i {
    _mm512_add_epi64(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn mul(x: __m512i, y: __m512i) -> __m512i {
    _mm512_mullo_epi64(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn xor(x: __m512i, y: __m512i) -> __m512i {
    _mm512_xor_si512(x, y)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn right<const BITS: u32>(x: __m512i) -> __m512i {
    _mm512_srli_epi64::<BITS>(x)
}

/// x ^ x >> BITS.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn fall<const BITS: u32>(x: __m512i) -> __m512i {
    xor(x, right::<BITS>(x))
}

/// The lanes where x is greater than y.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn above(x: __m512i, y: u64) -> __mmask8 {
    _mm512_cmpgt_epu64_mask(x, splat(y))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn select(mask: __mmask8, x: __m512i, otherwise: __m512i) -> __m512i {
    _mm512_mask_mov_epi64(otherwise, mask, x)
}

/// Row r's word w becomes vector w's lane r.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn transpose(rows: &[__m512i; 8]) -> [__m512i; 8] {
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

/// Eight keys: their words, zeros behind the end, and where they end.
struct Keys {
    words: [__m512i; 8],
    lengths: __m512i,
    shortest: u32,
    longest: u32,
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn load(keys: &[&[u8]; WIDTH]) -> Keys {
    let mut rows = [_mm512_setzero_si512(); WIDTH];
    let mut lengths = [0_u64; WIDTH];
    let (mut shortest, mut longest) = (u32::MAX, 0);
    for ((row, length), key) in rows.iter_mut().zip(&mut lengths).zip(keys) {
        *row = load_row(key, 0);
        *length = len32(key).into();
        shortest = shortest.min(len32(key));
        longest = longest.max(len32(key));
    }
    // SAFETY: the reference is to 64 readable bytes; the load needs no alignment.
    let lengths = unsafe { _mm512_loadu_si512(lengths.as_ptr().cast()) };
    Keys { words: transpose(&rows), lengths, shortest, longest: longest.min(64) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn fnv1a<const GROUPS: usize>(keys: &[Keys; GROUPS]) -> [__m512i; GROUPS] {
    let (prime, low) = (splat(PRIME_64), splat(0xff));
    let mut hashes = [splat(OFFSET_64); GROUPS];
    let shortest = keys.iter().map(|keys| keys.shortest).min().unwrap_or(0);
    let longest = keys.iter().map(|keys| keys.longest).max().unwrap_or(0);
    let mut word = 0_usize;
    for from in (0..longest).step_by(8) {
        let mut words = keys.each_ref().map(|keys| keys.words[word]);
        for at in from..(from + 8).min(longest) {
            for k in 0..GROUPS {
                let hash = mul(xor(hashes[k], _mm512_and_si512(words[k], low)), prime);
                words[k] = right::<8>(words[k]);
                hashes[k] = if at < shortest {
                    hash
                } else {
                    select(above(keys[k].lengths, at.into()), hash, hashes[k])
                };
            }
        }
        word += 1;
    }
    hashes
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn murmur64a(keys: &Keys, seed: u64) -> __m512i {
    let m = splat(M64);
    let mut hash = xor(splat(seed), mul(keys.lengths, m));
    for (word, at) in keys.words.iter().zip((0_u32..keys.longest).step_by(8)) {
        let scrambled = mul(fall::<47>(mul(*word, m)), m);
        let whole = mul(xor(hash, scrambled), m);
        hash = if at + 8 <= keys.shortest {
            whole
        } else {
            let part = mul(xor(hash, *word), m);
            let part = select(above(keys.lengths, at.into()), part, hash);
            select(above(keys.lengths, (at + 7).into()), whole, part)
        };
    }
    fall::<47>(mul(fall::<47>(hash), m))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn round(lane: __m512i, word: __m512i) -> __m512i {
    let lane = add(lane, mul(word, splat(PRIME_2)));
    mul(_mm512_rol_epi64::<31>(lane), splat(PRIME_1))
}

/// What keys of 32 bytes and more start from: their stripes, folded.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn striped(keys: &Keys, seed: u64) -> __m512i {
    let mut lanes = [
        splat(seed.wrapping_add(PRIME_1).wrapping_add(PRIME_2)),
        splat(seed.wrapping_add(PRIME_2)),
        splat(seed),
        splat(seed.wrapping_sub(PRIME_1)),
    ];
    let (stripes, _) = keys.words.as_chunks::<4>();
    for (stripe, end) in stripes.iter().zip([31, 63]) {
        if u64::from(keys.longest) <= end {
            break;
        }
        let live = above(keys.lengths, end);
        for (lane, word) in lanes.iter_mut().zip(stripe) {
            *lane = select(live, round(*lane, *word), *lane);
        }
    }
    let [a, b, c, d] = lanes;
    let sum = add(
        add(_mm512_rol_epi64::<1>(a), _mm512_rol_epi64::<7>(b)),
        add(_mm512_rol_epi64::<12>(c), _mm512_rol_epi64::<18>(d)),
    );
    let mut hash = sum;
    for lane in lanes {
        hash = add(mul(xor(hash, round(splat(0), lane)), splat(PRIME_1)), splat(PRIME_4));
    }
    hash
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn xxh64(keys: &Keys, seed: u64) -> __m512i {
    let mut hash = splat(seed.wrapping_add(PRIME_5));
    let long = above(keys.lengths, 31);
    if long != 0 {
        hash = select(long, striped(keys, seed), hash);
    }
    hash = add(hash, keys.lengths);
    // Whole words behind the stripes; the rest is what lies behind them.
    let stripes_end = _mm512_and_si512(keys.lengths, splat(!31));
    let mut rest = splat(0);
    for (word, at) in keys.words.iter().zip((0_u32..keys.longest).step_by(8)) {
        if at < keys.shortest / 32 * 32 {
            continue;
        }
        let mixed = xor(hash, round(splat(0), *word));
        let mixed = mul(_mm512_rol_epi64::<27>(mixed), splat(PRIME_1));
        let mixed = add(mixed, splat(PRIME_4));
        let whole = above(keys.lengths, (at + 7).into());
        let loose = _mm512_cmple_epu64_mask(stripes_end, splat(at.into()));
        hash = select(whole & loose, mixed, hash);
        rest = select(above(keys.lengths, at.into()) & !whole, *word, rest);
    }
    let four = _mm512_test_epi64_mask(keys.lengths, splat(4));
    let mixed = mul(_mm512_and_si512(rest, splat(0xffff_ffff)), splat(PRIME_1));
    let mixed = mul(_mm512_rol_epi64::<23>(xor(hash, mixed)), splat(PRIME_2));
    hash = select(four, add(mixed, splat(PRIME_3)), hash);
    rest = select(four, right::<32>(rest), rest);
    let loose = _mm512_and_si512(keys.lengths, splat(3));
    for at in 0..3 {
        let live = above(loose, at);
        if live == 0 {
            break;
        }
        let byte = mul(_mm512_and_si512(rest, splat(0xff)), splat(PRIME_5));
        let mixed = mul(_mm512_rol_epi64::<11>(xor(hash, byte)), splat(PRIME_1));
        hash = select(live, mixed, hash);
        rest = right::<8>(rest);
    }
    hash = mul(fall::<33>(hash), splat(PRIME_2));
    hash = mul(fall::<29>(hash), splat(PRIME_3));
    fall::<32>(hash)
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn groups<const GROUPS: usize>(
    rule: Rule,
    keys: &[[&[u8]; WIDTH]; GROUPS],
    out: &mut [[u64; WIDTH]; GROUPS],
) {
    let keys = keys.each_ref().map(|keys| load(keys));
    let hashes = match rule {
        Rule::Fnv1a => fnv1a(&keys),
        Rule::Murmur64A(seed) => keys.map(|keys| murmur64a(&keys, seed)),
        Rule::Xxh64(seed) => keys.map(|keys| xxh64(&keys, seed)),
    };
    for (out, hash) in out.iter_mut().zip(hashes) {
        // SAFETY: the reference is to 64 writable bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), hash) };
    }
}

/// The hashes of keys of at most 64 bytes, `GROUPS` vectors of them at once.
pub(super) fn hash<const GROUPS: usize>(
    _: Avx512,
    rule: Rule,
    keys: &[[&[u8]; WIDTH]; GROUPS],
    out: &mut [[u64; WIDTH]; GROUPS],
) {
    // SAFETY: the argument proves that this CPU has AVX-512 F, BW and DQ.
    unsafe { groups(rule, keys, out) };
}
