//! The hash functions as values: what a scheme holds when its options choose one.
//!
//! A batch matches once and then calls the function it found for every key.

use super::{
    crc16, crc32, djb2, fnv, fnv_utf16, hsieh, java, lookup3, md5, murmur2, murmur3, one_at_a_time,
    sdbm, sha256, word::low32, wt6, xxh3, xxh64,
};
use crate::lanes::words::{Rule, Seed};
use crate::lanes::{self, Level};

/// One function over many keys: the next key's work overlaps this one's.
#[inline]
fn each<T>(keys: &[&[u8]], out: &mut [T], hash: impl Fn(&[u8]) -> T) {
    for (key, out) in keys.iter().zip(out) {
        *out = hash(key);
    }
}

/// One function over one key, never compiled into its caller.
#[inline(never)]
fn apart<T>(key: &[u8], hash: impl Fn(&[u8]) -> T) -> T {
    hash(key)
}

/// A hash of 32 bits or fewer.
#[expect(non_camel_case_types, reason = "fnv1_64 is the programs' word, and Fnv164 another's")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash32 {
    /// The first word of the digest, little-endian.
    Md5,
    Crc32,
    /// Bits 16 to 30 of the CRC-32.
    Crc32Memcached,
    /// The CRC-16's register, never cut to 16 bits.
    Crc16Twemproxy,
    OneAtATime,
    /// This and the next three read signed bytes, as libmemcached and twemproxy do.
    Fnv1_64,
    Fnv1a_64,
    Fnv1_32,
    Fnv1a_32,
    /// FNV-1a of 32 bits over unsigned bytes, as Go has it.
    Fnv1a32Plain,
    Hsieh,
    Murmur2Memcached,
    Murmur2Kafka,
    Murmur3Memcached,
    Lookup3,
    Sdbm,
    Djb2,
    Wt6,
    /// The last word of the digest, little-endian.
    Sha256Last,
    JavaNative,
    /// This and the next three read UTF-16 code units, as spymemcached does.
    Utf16Fnv1_64,
    Utf16Fnv1a_64,
    Utf16Fnv1_32,
    Utf16Fnv1a_32,
}

impl Hash32 {
    /// The hash of a key. Functions stand apart, so that none pays for what
    /// another keeps on the stack.
    #[inline]
    pub(crate) fn hash(self, key: &[u8]) -> u32 {
        match self {
            Self::Md5 => apart(key, md5::word0),
            Self::Crc32 => apart(key, crc32::crc32),
            Self::Crc32Memcached => apart(key, crc32::memcached),
            Self::Crc16Twemproxy => apart(key, crc16::twemproxy),
            Self::OneAtATime => apart(key, one_at_a_time::one_at_a_time),
            Self::Fnv1_64 => apart(key, fnv::fnv1_64),
            Self::Fnv1a_64 => apart(key, fnv::fnv1a_64),
            Self::Fnv1_32 => apart(key, fnv::fnv1_32),
            Self::Fnv1a_32 => apart(key, fnv::fnv1a_32),
            Self::Fnv1a32Plain => apart(key, fnv::fnv1a_32_plain),
            Self::Hsieh => apart(key, hsieh::hsieh),
            Self::Murmur2Memcached => apart(key, murmur2::memcached),
            Self::Murmur2Kafka => apart(key, murmur2::kafka),
            Self::Murmur3Memcached => apart(key, murmur3::memcached),
            Self::Lookup3 => apart(key, lookup3::lookup3),
            Self::Sdbm => apart(key, sdbm::sdbm),
            Self::Djb2 => apart(key, djb2::djb2),
            Self::Wt6 => apart(key, wt6::wt6),
            Self::Sha256Last => apart(key, sha256::last_word),
            Self::JavaNative => apart(key, java::native),
            Self::Utf16Fnv1_64 => apart(key, fnv_utf16::fnv1_64),
            Self::Utf16Fnv1a_64 => apart(key, fnv_utf16::fnv1a_64),
            Self::Utf16Fnv1_32 => apart(key, fnv_utf16::fnv1_32),
            Self::Utf16Fnv1a_32 => apart(key, fnv_utf16::fnv1a_32),
        }
    }

    /// The hashes of many keys; both slices are of one length.
    #[inline]
    pub(crate) fn hash_all(self, keys: &[&[u8]], out: &mut [u32]) {
        self.hash_all_at(Level::best(), keys, out);
    }

    /// The same by the kernels of one level.
    pub(crate) fn hash_all_at(self, level: Level, keys: &[&[u8]], out: &mut [u32]) {
        if let Some(rule) = self.rule() {
            return lanes::words::hash_all(level, rule, keys, out);
        }
        if let Some(rule) = self.ascii_rule() {
            lanes::words::hash_all(level, rule, keys, out);
            for (key, out) in keys.iter().zip(out) {
                if !key.is_ascii() {
                    *out = self.hash(key);
                }
            }
            return;
        }
        match self {
            Self::Md5 => lanes::md5::word0_all(level, keys, out),
            Self::Crc32 => lanes::crc32::update_all(level, 0, keys, out),
            Self::Crc32Memcached => {
                lanes::crc32::update_all(level, 0, keys, out);
                for crc in out {
                    *crc = crc32::cut(*crc);
                }
            }
            Self::Crc16Twemproxy => each(keys, out, crc16::twemproxy),
            Self::Hsieh => each(keys, out, hsieh::hsieh),
            Self::Lookup3 => each(keys, out, lookup3::lookup3),
            Self::Wt6 => each(keys, out, wt6::wt6),
            Self::Sha256Last => each(keys, out, sha256::last_word),
            _ => each(keys, out, |key| self.hash(key)),
        }
    }

    /// It as a rule of bytes or words, where it is one.
    fn rule(self) -> Option<Rule> {
        use fnv::{OFFSET_32, OFFSET_64, PRIME_32, PRIME_64};
        Some(match self {
            Self::OneAtATime => Rule::OneAtATime,
            Self::Fnv1_64 => Rule::Fnv1 { start: low32(OFFSET_64), prime: low32(PRIME_64) },
            Self::Fnv1a_64 => Rule::Fnv1a { start: low32(OFFSET_64), prime: low32(PRIME_64) },
            Self::Fnv1_32 => Rule::Fnv1 { start: OFFSET_32, prime: PRIME_32 },
            Self::Fnv1a_32 => Rule::Fnv1a { start: OFFSET_32, prime: PRIME_32 },
            Self::Fnv1a32Plain => Rule::Fnv1aPlain { start: OFFSET_32, prime: PRIME_32 },
            Self::Sdbm => Rule::Sum { start: 0, factor: sdbm::FACTOR },
            Self::Djb2 => Rule::Sum { start: djb2::START, factor: djb2::FACTOR },
            Self::Murmur2Memcached => Rule::Murmur2(Seed::TimesLength(murmur2::MEMCACHED_SEED)),
            Self::Murmur2Kafka => Rule::Murmur2(Seed::Fixed(murmur2::KAFKA_SEED)),
            Self::Murmur3Memcached => Rule::Murmur3(Seed::TimesLength(murmur2::MEMCACHED_SEED)),
            _ => return None,
        })
    }

    /// What a hash of code units is over ASCII, where a unit is a byte.
    fn ascii_rule(self) -> Option<Rule> {
        match self {
            Self::JavaNative => Some(Rule::Sum { start: 0, factor: java::FACTOR }),
            Self::Utf16Fnv1_64 => Self::Fnv1_64.rule(),
            Self::Utf16Fnv1a_64 => Self::Fnv1a_64.rule(),
            Self::Utf16Fnv1_32 => Self::Fnv1_32.rule(),
            Self::Utf16Fnv1a_32 => Self::Fnv1a_32.rule(),
            _ => None,
        }
    }

    /// How many values there are, from 0 up, each as likely as another for a key
    /// drawn at random from all long ones. `None`: they are not equally likely.
    ///
    /// Of keys people use, the weak functions reach some values more than others:
    /// sdbm, djb2 and Java's are sums with small factors.
    #[inline]
    pub(crate) fn range(self) -> Option<u64> {
        match self {
            Self::Crc32Memcached => Some(1 << 15),
            Self::Crc16Twemproxy => None,
            _ => Some(1 << 32),
        }
    }

    /// A word for it that no other function has.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Crc32 => "crc32",
            Self::Crc32Memcached => "crc32-memcached",
            Self::Crc16Twemproxy => "crc16-twemproxy",
            Self::OneAtATime => "one-at-a-time",
            Self::Fnv1_64 => "fnv1_64",
            Self::Fnv1a_64 => "fnv1a_64",
            Self::Fnv1_32 => "fnv1_32",
            Self::Fnv1a_32 => "fnv1a_32",
            Self::Fnv1a32Plain => "fnv1a_32-plain",
            Self::Hsieh => "hsieh",
            Self::Murmur2Memcached => "murmur2-memcached",
            Self::Murmur2Kafka => "murmur2-kafka",
            Self::Murmur3Memcached => "murmur3-memcached",
            Self::Lookup3 => "lookup3",
            Self::Sdbm => "sdbm",
            Self::Djb2 => "djb2",
            Self::Wt6 => "wt6",
            Self::Sha256Last => "sha256-last",
            Self::JavaNative => "java",
            Self::Utf16Fnv1_64 => "fnv1_64-utf16",
            Self::Utf16Fnv1a_64 => "fnv1a_64-utf16",
            Self::Utf16Fnv1_32 => "fnv1_32-utf16",
            Self::Utf16Fnv1a_32 => "fnv1a_32-utf16",
        }
    }
}

/// A hash of 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash64 {
    Xxh64 {
        seed: u64,
    },
    Xxh3 {
        seed: u64,
    },
    Murmur64A {
        seed: u64,
    },
    /// FNV-1a over unsigned bytes, as Go has it.
    Fnv1a64,
}

impl Hash64 {
    /// The hash of a key.
    #[inline]
    pub(crate) fn hash(self, key: &[u8]) -> u64 {
        match self {
            Self::Xxh64 { seed } => xxh64::xxh64(key, seed),
            Self::Xxh3 { seed } => xxh3::xxh3_64(key, seed),
            Self::Murmur64A { seed } => murmur2::murmur64a(key, seed),
            Self::Fnv1a64 => fnv::fnv1a_64_plain(key),
        }
    }

    /// The hashes of many keys; both slices are of one length.
    #[inline]
    pub(crate) fn hash_all(self, keys: &[&[u8]], out: &mut [u64]) {
        self.hash_all_at(Level::best(), keys, out);
    }

    /// The same by the kernels of one level.
    pub(crate) fn hash_all_at(self, level: Level, keys: &[&[u8]], out: &mut [u64]) {
        match self {
            Self::Fnv1a64 => lanes::fnv64::hash_all(level, keys, out),
            Self::Xxh64 { seed } => each(keys, out, |key| xxh64::xxh64(key, seed)),
            Self::Murmur64A { seed } => each(keys, out, |key| murmur2::murmur64a(key, seed)),
            Self::Xxh3 { seed } => each(keys, out, |key| xxh3::xxh3_64(key, seed)),
        }
    }

    /// How many values there are, as [`Hash32::range`] has it: all 2^64, which a
    /// `u64` cannot say.
    #[inline]
    pub(crate) fn range(self) -> Option<u128> {
        Some(1 << 64)
    }

    /// A word for it that no other function has.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Xxh64 { .. } => "xxh64",
            Self::Xxh3 { .. } => "xxh3",
            Self::Murmur64A { .. } => "murmur64a",
            Self::Fnv1a64 => "fnv1a_64-plain",
        }
    }
}
