//! Every batch against one key at a time, at every level that this CPU has.

use super::key_hash::{Hash32, Hash64};
use super::splitmix64::splitmix64;
use crate::lanes::{self, Level};

const SEED32: u32 = 0xfedc_ba98;
const SEED64: u64 = 0xfedc_ba98_7654_3210;

/// What has kernels of its own.
const ALL32: [Hash32; 19] = [
    Hash32::Md5,
    Hash32::Crc32,
    Hash32::Crc32Memcached,
    Hash32::OneAtATime,
    Hash32::Fnv1_64,
    Hash32::Fnv1a_64,
    Hash32::Fnv1_32,
    Hash32::Fnv1a_32,
    Hash32::Fnv1a32Plain,
    Hash32::Murmur2Memcached,
    Hash32::Murmur2Kafka,
    Hash32::Murmur3Memcached,
    Hash32::Sdbm,
    Hash32::Djb2,
    Hash32::JavaNative,
    Hash32::Utf16Fnv1_64,
    Hash32::Utf16Fnv1a_64,
    Hash32::Utf16Fnv1_32,
    Hash32::Utf16Fnv1a_32,
];

const ALL64: [Hash64; 7] = [
    Hash64::Xxh64 { seed: 0 },
    Hash64::Xxh64 { seed: SEED64 },
    Hash64::Xxh3 { seed: 0 },
    Hash64::Xxh3 { seed: SEED64 },
    Hash64::Murmur64A { seed: 0 },
    Hash64::Murmur64A { seed: SEED64 },
    Hash64::Fnv1a64,
];

fn check32(hash: Hash32, keys: &[&[u8]], out: &mut [u32]) {
    for level in Level::all() {
        out.fill(0);
        hash.hash_all_at(level, keys, out);
        for (key, out) in keys.iter().zip(&*out) {
            let want = match hash {
                Hash32::Crc32 => super::crc32::by_tables(0, key),
                Hash32::Crc32Memcached => super::crc32::cut(super::crc32::by_tables(0, key)),
                _ => hash.hash(key),
            };
            assert_eq!(want, *out, "{hash:?}, {level:?}, {} bytes", key.len());
        }
    }
}

fn check64(hash: Hash64, keys: &[&[u8]], out: &mut [u64]) {
    for level in Level::all() {
        out.fill(0);
        hash.hash_all_at(level, keys, out);
        for (key, out) in keys.iter().zip(&*out) {
            assert_eq!(hash.hash(key), *out, "{hash:?}, {level:?}, {} bytes", key.len());
        }
    }
}

/// All words of the digests, of which [`Hash32::Md5`] takes one.
fn check_words(keys: &[&[u8]], out: &mut [[u32; 4]]) {
    for level in Level::all() {
        out.fill([0; 4]);
        lanes::md5::words_all(level, keys, out);
        for (key, out) in keys.iter().zip(&*out) {
            assert_eq!(super::md5::words(key), *out, "{level:?}, {} bytes", key.len());
        }
    }
}

fn check(keys: &[&[u8]]) {
    for hash in ALL32 {
        check32(hash, keys, &mut vec![0; keys.len()]);
    }
    for hash in ALL64 {
        check64(hash, keys, &mut vec![0; keys.len()]);
    }
    check_words(keys, &mut vec![[0; 4]; keys.len()]);
    for before in [0, 1, SEED32] {
        let mut out = vec![0; keys.len()];
        for level in Level::all() {
            lanes::crc32::update_all(level, before, keys, &mut out);
            for (key, out) in keys.iter().zip(&out) {
                let want = super::crc32::by_tables(before, key);
                assert_eq!(want, super::crc32::update(before, key), "{} bytes", key.len());
                assert_eq!(want, *out, "{before:x}, {level:?}, {} bytes", key.len());
            }
        }
    }
}

/// Half of the bytes are 0x80 or more: signed ones show.
fn noise(len: usize) -> Vec<u8> {
    (0..len as u64).map(|at| splitmix64(at).to_le_bytes()[0]).collect()
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

/// Ten million keys of up to 60 bytes, in batches of 4,000, dealt to the functions
/// in turn; a million for the words of digests.
#[test]
#[expect(clippy::print_stderr, reason = "a log should say which levels were tried")]
fn ten_million_random_keys() {
    const BATCH: u64 = 4000;
    const TURNS: u64 = 10_000_000 / BATCH;
    eprintln!("levels: {:?}", Level::all());
    let noise = noise(1 << 16);
    let number = |at: u64, below: u64| usize::try_from(splitmix64(at) % below).unwrap();
    let (mut out32, mut out64, mut words) = (vec![0; 4000], vec![0; 4000], vec![[0; 4]; 4000]);
    for turn in 0..TURNS {
        let keys: Vec<&[u8]> = (0..BATCH)
            .map(|n| turn * BATCH + n)
            .map(|n| &noise[number(n, 65_000)..][..number(!n, 61)])
            .collect();
        let at = usize::try_from(turn).unwrap() % (ALL32.len() + ALL64.len());
        match ALL32.get(at) {
            Some(hash) => check32(*hash, &keys, &mut out32),
            None => check64(ALL64[at - ALL32.len()], &keys, &mut out64),
        }
        if turn % 10 == 0 {
            check_words(&keys, &mut words);
        }
    }
}
