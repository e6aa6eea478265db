//! Every batch against one key at a time, at every level that this CPU has.

use std::collections::BTreeSet;
use std::fmt::Debug;

use super::{Hash32, Hash64, Level};
use crate::hash::oracle::Known;
use crate::hash::splitmix64::splitmix64;
use crate::hash::{crc32, md5};

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
            Hash32::Crc32 => crc32::crc32(key),
            Hash32::Crc32Memcached => crc32::memcached(key),
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
    same(&"MD5", keys, md5::words, super::md5::digests_at);
}

fn check(keys: &[&[u8]]) {
    for hashes in [&SUMS[..], &BYTEWISE, &MURMURS, &TEXTS] {
        check32(hashes, keys);
    }
    check64(keys);
    check_words(keys);
    for before in [0, 1, SEED32] {
        let one = |key: &[u8]| {
            let want = crc32::update(before, key);
            assert_eq!(want, super::crc32::update(before, key), "{before:x}, {} bytes", key.len());
            want
        };
        same(&before, keys, one, |level, keys, out| {
            super::crc32::update_all_at(level, before, keys, out);
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

/// The enums' functions by their columns.
fn values32() -> [(&'static str, Hash32); 24] {
    [
        ("md5::word0", Hash32::Md5),
        ("crc32::crc32", Hash32::Crc32),
        ("crc32::memcached", Hash32::Crc32Memcached),
        ("crc16::twemproxy", Hash32::Crc16Twemproxy),
        ("one_at_a_time::one_at_a_time", Hash32::OneAtATime),
        ("fnv::fnv1_64", Hash32::Fnv1_64),
        ("fnv::fnv1a_64", Hash32::Fnv1a_64),
        ("fnv::fnv1_32", Hash32::Fnv1_32),
        ("fnv::fnv1a_32", Hash32::Fnv1a_32),
        ("fnv::fnv1a_32_plain", Hash32::Fnv1a32Plain),
        ("hsieh::hsieh", Hash32::Hsieh),
        ("murmur2::memcached", Hash32::Murmur2Memcached),
        ("murmur2::kafka", Hash32::Murmur2Kafka),
        ("murmur3::memcached", Hash32::Murmur3Memcached),
        ("lookup3::lookup3", Hash32::Lookup3),
        ("sdbm::sdbm", Hash32::Sdbm),
        ("djb2::djb2", Hash32::Djb2),
        ("wt6::wt6", Hash32::Wt6),
        ("sha256::last_word", Hash32::Sha256Last),
        ("java::native", Hash32::JavaNative),
        ("fnv_utf16::fnv1_64", Hash32::Utf16Fnv1_64),
        ("fnv_utf16::fnv1a_64", Hash32::Utf16Fnv1a_64),
        ("fnv_utf16::fnv1_32", Hash32::Utf16Fnv1_32),
        ("fnv_utf16::fnv1a_32", Hash32::Utf16Fnv1a_32),
    ]
}

fn values64() -> Vec<(String, Hash64)> {
    let mut values = vec![("fnv::fnv1a_64_plain".to_owned(), Hash64::Fnv1a64)];
    for seed in [0, 0xfedc_ba98_7654_3210] {
        values.push((format!("xxh64::xxh64:{seed:x}"), Hash64::Xxh64 { seed }));
        values.push((format!("xxh3::xxh3_64:{seed:x}"), Hash64::Xxh3 { seed }));
        values.push((format!("murmur2::murmur64a:{seed:x}"), Hash64::Murmur64A { seed }));
    }
    values
}

#[test]
fn the_enums_call_what_they_name() {
    let known = Known::read();
    for (column, value) in values32() {
        for (key, want) in known.column(column) {
            assert_eq!(u128::from(value.hash(key)), want, "{value:?} of {key:02x?}");
            if let Some(range) = value.range() {
                assert!(want < u128::from(range), "{value:?} of {key:02x?}");
            }
        }
        let (keys, want): (Vec<&[u8]>, Vec<u128>) = known.column(column).unzip();
        let mut hashes = vec![0; keys.len()];
        value.hash_all(&keys, &mut hashes);
        assert!(hashes.into_iter().map(u128::from).eq(want), "{value:?} of all keys");
    }
    for (column, value) in values64() {
        for (key, want) in known.column(&column) {
            assert_eq!(u128::from(value.hash(key)), want, "{value:?} of {key:02x?}");
        }
        let (keys, want): (Vec<&[u8]>, Vec<u128>) = known.column(&column).unzip();
        let mut hashes = vec![0; keys.len()];
        value.hash_all(&keys, &mut hashes);
        assert!(hashes.into_iter().map(u128::from).eq(want), "{value:?} of all keys");
    }
}

#[test]
fn names_are_distinct() {
    let (values32, values64) = (values32(), values64());
    let names: BTreeSet<&str> = (values32.iter().map(|(_, value)| value.name()))
        .chain(values64.iter().map(|(_, value)| value.name()))
        .collect();
    // 24 functions of 32 bits and 4 of 64.
    assert_eq!(names.len(), 28);
}
