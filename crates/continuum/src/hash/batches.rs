//! Every batch against one key at a time, at every level that this CPU has.

use std::fmt::Debug;

use super::key_hash::{Hash32, Hash64};
use super::splitmix64::splitmix64;
use super::{crc32, md5};
use crate::lanes::{self, Level};

/// Bytes that random keys are cut from.
const NOISE: u64 = 1 << 16;
const SEED32: u32 = 0xfedc_ba98;
const SEED64: u64 = 0xfedc_ba98_7654_3210;

const SUMS: [Hash32; 3] = [Hash32::Md5, Hash32::Crc32, Hash32::Crc32Memcached];

const BYTEWISE: [Hash32; 8] = [
    Hash32::OneAtATime,
    Hash32::Fnv1_64,
    Hash32::Fnv1a_64,
    Hash32::Fnv1_32,
    Hash32::Fnv1a_32,
    Hash32::Fnv1a32Plain,
    Hash32::Sdbm,
    Hash32::Djb2,
];

const MURMURS: [Hash32; 3] =
    [Hash32::Murmur2Memcached, Hash32::Murmur2Kafka, Hash32::Murmur3Memcached];

const TEXTS: [Hash32; 5] = [
    Hash32::JavaNative,
    Hash32::Utf16Fnv1_64,
    Hash32::Utf16Fnv1a_64,
    Hash32::Utf16Fnv1_32,
    Hash32::Utf16Fnv1a_32,
];

const WIDE: [Hash64; 7] = [
    Hash64::Xxh64 { seed: 0 },
    Hash64::Xxh64 { seed: SEED64 },
    Hash64::Xxh3 { seed: 0 },
    Hash64::Xxh3 { seed: SEED64 },
    Hash64::Murmur64A { seed: 0 },
    Hash64::Murmur64A { seed: SEED64 },
    Hash64::Fnv1a64,
];

/// A batch against one key at a time, at every level.
fn same<T: Clone + Default + PartialEq + Debug>(
    hash: &dyn Debug,
    keys: &[&[u8]],
    one: impl Fn(&[u8]) -> T,
    batch: impl Fn(Level, &[&[u8]], &mut [T]),
) {
    let want: Vec<T> = keys.iter().map(|key| one(key)).collect();
    for level in Level::all() {
        let mut out = vec![T::default(); keys.len()];
        batch(level, keys, &mut out);
        for ((key, want), out) in keys.iter().zip(&want).zip(&out) {
            assert_eq!(want, out, "{hash:?}, {level:?}, {} bytes", key.len());
        }
    }
}

fn check32(hashes: &[Hash32], keys: &[&[u8]]) {
    for hash in hashes {
        let one = |key: &[u8]| match hash {
            Hash32::Crc32 => crc32::by_tables(0, key),
            Hash32::Crc32Memcached => crc32::cut(crc32::by_tables(0, key)),
            _ => hash.hash(key),
        };
        same(hash, keys, one, |level, keys, out| hash.hash_all_at(level, keys, out));
    }
}

fn check64(keys: &[&[u8]]) {
    for hash in WIDE {
        let one = |key: &[u8]| hash.hash(key);
        same(&hash, keys, one, |level, keys, out| hash.hash_all_at(level, keys, out));
    }
}

/// All words of the digests, of which [`Hash32::Md5`] takes one.
fn check_words(keys: &[&[u8]]) {
    same(&"MD5", keys, md5::words, lanes::md5::words_all);
}

fn check(keys: &[&[u8]]) {
    for hashes in [&SUMS[..], &BYTEWISE, &MURMURS, &TEXTS] {
        check32(hashes, keys);
    }
    check64(keys);
    check_words(keys);
    for before in [0, 1, SEED32] {
        let one = |key: &[u8]| {
            let want = crc32::by_tables(before, key);
            assert_eq!(want, crc32::update(before, key), "{before:x}, {} bytes", key.len());
            want
        };
        same(&before, keys, one, |level, keys, out| {
            lanes::crc32::update_all(level, before, keys, out);
        });
    }
}

/// Half of the bytes are 0x80 or more: signed ones show.
fn noise(len: u64) -> Vec<u8> {
    (0..len).map(|at| splitmix64(at).to_le_bytes()[0]).collect()
}

/// Every length to 300 at every alignment: neighbours of other lengths, and of
/// the same.
#[test]
fn lengths_and_alignments() {
    let noise = noise(400);
    for start in 0..64 {
        let keys: Vec<&[u8]> = (0..=300).map(|len| &noise[start..start + len]).collect();
        check(&keys);
        // What fits one block of a digest, and words of a vector.
        for longest in [55, 128] {
            let keys: Vec<&[u8]> =
                (0..=300).map(|n| &noise[start..][..n * 7 % (longest + 1)]).collect();
            check(&keys);
        }
    }
    for len in 0..=300 {
        let keys: Vec<&[u8]> = (0..64).map(|start| &noise[start..start + len]).collect();
        check(&keys);
    }
}

#[test]
fn batches_of_every_size() {
    let noise = noise(300);
    for count in 0..=130 {
        let keys: Vec<&[u8]> = (0..count).map(|n| &noise[n % 100..][..n * 13 % 70]).collect();
        check(&keys);
        let keys: Vec<&[u8]> = (0..count).map(|n| &noise[n % 100..][..n * 31 % 140]).collect();
        check(&keys[..count.min(60)]);
    }
}

/// Java reads text: what is not ASCII goes another way.
#[test]
fn text_among_bytes() {
    let texts: Vec<String> = (0..100)
        .map(|n| if n % 7 == 3 { format!("Gr\u{fc}\u{df}e {n}") } else { format!("user:{n}") })
        .collect();
    check(&texts.iter().map(String::as_bytes).collect::<Vec<_>>());
    check(&texts.iter().map(String::as_bytes).filter(|key| key.is_ascii()).collect::<Vec<_>>());
}

/// Ten million keys of up to 60 of these bytes, in batches of 4,000.
#[expect(clippy::print_stderr, reason = "a log should say which levels were tried")]
fn ten_million(noise: &[u8], check: impl Fn(&[&[u8]])) {
    const BATCH: u64 = 4000;
    eprintln!("levels: {:?}", Level::all());
    let number = |at: u64, below: u64| usize::try_from(splitmix64(at) % below).unwrap();
    for turn in 0..10_000_000 / BATCH {
        let keys: Vec<&[u8]> = (0..BATCH)
            .map(|n| turn * BATCH + n)
            .map(|n| &noise[number(n, NOISE - 60)..][..number(!n, 61)])
            .collect();
        check(&keys);
    }
}

#[test]
fn ten_million_keys_by_sums() {
    ten_million(&noise(NOISE), |keys| check32(&SUMS, keys));
}

#[test]
fn ten_million_keys_by_words_of_digests() {
    ten_million(&noise(NOISE), check_words);
}

#[test]
fn ten_million_keys_by_bytes() {
    ten_million(&noise(NOISE), |keys| check32(&BYTEWISE, keys));
}

#[test]
fn ten_million_keys_by_murmurs() {
    ten_million(&noise(NOISE), |keys| check32(&MURMURS, keys));
}

/// What is not ASCII has no lanes.
#[test]
fn ten_million_keys_by_hashes_of_text() {
    let ascii: Vec<u8> = noise(NOISE).iter().map(|byte| byte & 0x7f).collect();
    ten_million(&ascii, |keys| check32(&TEXTS, keys));
}

#[test]
fn ten_million_keys_by_wide_hashes() {
    ten_million(&noise(NOISE), check64);
}
