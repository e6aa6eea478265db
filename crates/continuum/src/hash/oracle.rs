//! Every function against `vectors/hash/known.tsv`, whose head says who answered.

use super::*;
use std::{collections::BTreeSet, fs, path::Path};
use word::{low32, tail32, tail64};

/// A function by its column's name, any seed and any result widened.
enum Function {
    Plain(fn(&[u8]) -> u128),
    Seeded(fn(&[u8], u64) -> u128),
}
use Function::{Plain, Seeded};

fn functions() -> Vec<(&'static str, Function)> {
    macro_rules! plain {
        ($($module:ident::$function:ident)*) => {
            [$((
                concat!(stringify!($module), "::", stringify!($function)),
                Plain(|key| u128::from($module::$function(key))),
            )),*]
        };
    }
    let mut functions = Vec::from(plain! {
        adler32::adler32 crc16::twemproxy crc16::xmodem crc32::crc32 crc32::memcached djb2::djb2
        fnv::fnv1_32 fnv::fnv1_32_plain fnv::fnv1_64 fnv::fnv1_64_plain fnv::fnv1a_32
        fnv::fnv1a_32_plain fnv::fnv1a_64 fnv::fnv1a_64_plain
        fnv_utf16::fnv1_32 fnv_utf16::fnv1_64 fnv_utf16::fnv1a_32 fnv_utf16::fnv1a_64
        hsieh::hsieh java::native lookup3::lookup3 md5::word0 murmur2::kafka murmur2::memcached
        murmur3::memcached one_at_a_time::one_at_a_time sdbm::sdbm sha256::last_word wt6::wt6
        xmemcached::elf xmemcached::lua xmemcached::mysql xmemcached::rs
    });
    functions.extend([
        ("avalanche::avalanche", Seeded(avalanche_of_first_bytes)),
        ("city::h128", Seeded(h128_of_first_bytes)),
        ("blake3::first64", Plain(|key| blake3::first64(key).into())),
        ("city::city64_102", Plain(|key| city::city64_102(key).into())),
        ("phash2::phash2", Plain(|key| phash2::phash2(key).into())),
        ("postgres::bytes", Seeded(|key, seed| postgres::bytes(key, seed).into())),
        (
            "postgres::number",
            Seeded(|key, seed| postgres::number(tail32(&key[..key.len().min(4)]), seed).into()),
        ),
        ("siphash::sip24", Plain(|key| siphash::sip24(key).into())),
        (
            "murmur3::x64_128",
            Seeded(|key, seed| {
                let [first, second] = murmur3::x64_128(key, low32(seed));
                u128::from(first) << 64 | u128::from(second)
            }),
        ),
        ("crc32::update", Seeded(|key, crc| crc32::update(low32(crc), key).into())),
        ("md5::digest", Plain(|key| u128::from_be_bytes(md5::digest(key)))),
        ("md5::words", Plain(md5_words)),
        ("murmur2::murmur2", Seeded(|key, seed| murmur2::murmur2(key, low32(seed)).into())),
        ("murmur2::murmur64a", Seeded(|key, seed| murmur2::murmur64a(key, seed).into())),
        (
            "murmur3::cassandra_token",
            Plain(|key| murmur3::cassandra_token(key).cast_unsigned().into()),
        ),
        ("murmur3::x86_32", Seeded(|key, seed| murmur3::x86_32(key, low32(seed)).into())),
        ("spooky::hash32", Seeded(|key, seed| spooky::hash32(key, low32(seed)).into())),
        ("xxh3::xxh3_64", Seeded(|key, seed| xxh3::xxh3_64(key, seed).into())),
        ("xxh32::xxh32", Seeded(|key, seed| xxh32::xxh32(key, low32(seed)).into())),
        ("xxh64::xxh64", Seeded(|key, seed| xxh64::xxh64(key, seed).into())),
    ]);
    functions
}

fn avalanche_of_first_bytes(key: &[u8], seed: u64) -> u128 {
    let word = tail32(&key[..key.len().min(4)]);
    avalanche::avalanche(word ^ low32(seed)).into()
}

fn h128_of_first_bytes(key: &[u8], seed: u64) -> u128 {
    let (upper, more) = key.split_at(key.len().min(8));
    let lower = &more[..more.len().min(8)];
    city::h128(tail64(upper) ^ seed, tail64(lower)).into()
}

fn md5_words(key: &[u8]) -> u128 {
    md5::words(key).iter().rev().fold(0, |all, &word| all << 32 | u128::from(word))
}

pub(crate) struct Known {
    columns: Vec<String>,
    rows: Vec<(Vec<u8>, Vec<u128>)>,
}

impl Known {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/hash/known.tsv");
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let columns: Vec<String> =
            lines.next().unwrap().split('\t').skip(1).map(str::to_owned).collect();
        let rows = lines.map(|line| {
            let (key, values) = line.split_once('\t').unwrap();
            let values: Vec<u128> =
                values.split('\t').map(|hex| u128::from_str_radix(hex, 16).unwrap()).collect();
            assert_eq!(values.len(), columns.len(), "{line}");
            (unhex(key), values)
        });
        Self { rows: rows.collect(), columns }
    }

    pub(crate) fn column(&self, name: &str) -> impl Iterator<Item = (&[u8], u128)> {
        let at = self.columns.iter().position(|column| column == name);
        let at = at.unwrap_or_else(|| panic!("no column {name}"));
        self.rows.iter().map(move |(key, values)| (&key[..], values[at]))
    }
}

fn unhex(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { panic!("half a byte: {text}") };
    pairs
        .iter()
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn every_function_answers_as_known() {
    let (known, functions) = (Known::read(), functions());
    let mut compared = 0;
    let mut met = BTreeSet::new();
    for column in &known.columns {
        let (name, seed) = match column.rsplit_once(':') {
            Some((name, seed)) if !name.ends_with(':') => {
                (name, Some(u64::from_str_radix(seed, 16).unwrap()))
            }
            _ => (&column[..], None),
        };
        let (_, function) = functions
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{name} is known and not here"));
        met.insert(name);
        for (key, want) in known.column(column) {
            let got = match (function, seed) {
                (Plain(function), None) => function(key),
                (Seeded(function), Some(seed)) => function(key, seed),
                _ => panic!("{column}: a seed too few or too many"),
            };
            assert_eq!(got, want, "{column} of {key:02x?}");
            compared += 1;
        }
    }
    for (name, _) in functions {
        assert!(met.contains(name), "{name} has no rows");
    }
    assert_eq!(compared, known.columns.len() * known.rows.len());
    assert!(compared > 10_000, "{compared} values only");
}

/// The keys reach every length that a function treats in its own way.
#[test]
fn every_length_is_known() {
    let known = Known::read();
    let lengths: BTreeSet<usize> = known.rows.iter().map(|(key, _)| key.len()).collect();
    let long = [127, 128, 129, 191, 192, 193, 239, 240, 241, 255, 256, 600];
    for length in (0..=70).chain(long) {
        assert!(lengths.contains(&length), "no key of {length} bytes");
    }
    assert!(known.rows.iter().any(|(key, _)| key.len() == 600 && !key.is_ascii()));
}

/// A function that nobody put among the known is found by reading the source.
#[test]
fn no_function_is_left_out() {
    let names: BTreeSet<&str> = functions().iter().map(|(name, _)| *name).collect();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/hash");
    let mut found = 0;
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        if ["mod", "oracle", "rjenkins", "splitmix64", "sum", "utf16", "word"].contains(&module) {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let function = line
                .strip_prefix("pub(crate) fn ")
                .or_else(|| line.strip_prefix("pub(crate) const fn "))
                .and_then(|rest| rest.split(['(', '<']).next())
                // Pieces of one.
                .filter(|function| {
                    !["chain", "cut", "finish", "fnv1", "fnv1a", "fnv1a_unsigned", "step"]
                        .contains(function)
                });
            if let Some(function) = function {
                let name = format!("{module}::{function}");
                assert!(names.contains(&name[..]), "{name} is not among the known");
                found += 1;
            }
        }
    }
    assert_eq!(found, names.len());
}
