//! The hash functions as values: what a scheme holds when its options choose one.
//!
//! A batch matches once and then calls the function it found for every key.

use super::words::{self, Rule, Seed};
use super::{Level, crc32, fnv64, md5};
use crate::hash::{
    self, crc16, djb2, fnv, fnv_utf16, hsieh, java, lookup3, murmur2, murmur3, one_at_a_time, sdbm,
    sha256, word::low32, wt6, xxh3, xxh64,
};

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

/// Makes the enum of functions of 32 bits or fewer: each with a word that no other
/// has, and its function of one key.
macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident $word:literal $function:path;)*) => {
        /// A hash of 32 bits or fewer.
        #[expect(non_camel_case_types, reason = "fnv1_64 is the programs' word, and Fnv164 another's")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Hash32 {
            $($(#[$doc])* $name,)*
        }

        impl Hash32 {
            /// The hash of a key. Functions stand apart, so that none pays for what
            /// another keeps on the stack.
            #[inline]
            pub(crate) fn hash(self, key: &[u8]) -> u32 {
                match self {
                    $(Self::$name => apart(key, $function),)*
                }
            }

            fn hash_each(self, keys: &[&[u8]], out: &mut [u32]) {
                match self {
                    $(Self::$name => each(keys, out, $function),)*
                }
            }

            /// A word for it that no other function has.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

hashes! {
    /// The first word of the digest, little-endian.
    Md5 "md5" hash::md5::word0;
    Crc32 "crc32" crc32::crc32;
    /// Bits 16 to 30 of the CRC-32.
    Crc32Memcached "crc32-memcached" crc32::memcached;
    /// The CRC-16's register, never cut to 16 bits.
    Crc16Twemproxy "crc16-twemproxy" crc16::twemproxy;
    OneAtATime "one-at-a-time" one_at_a_time::one_at_a_time;
    /// This and the next three read signed bytes, as libmemcached and twemproxy do.
    Fnv1_64 "fnv1_64" fnv::fnv1_64;
    Fnv1a_64 "fnv1a_64" fnv::fnv1a_64;
    Fnv1_32 "fnv1_32" fnv::fnv1_32;
    Fnv1a_32 "fnv1a_32" fnv::fnv1a_32;
    /// FNV-1a of 32 bits over unsigned bytes, as Go has it.
    Fnv1a32Plain "fnv1a_32-plain" fnv::fnv1a_32_plain;
    Hsieh "hsieh" hsieh::hsieh;
    Murmur2Memcached "murmur2-memcached" murmur2::memcached;
    Murmur2Kafka "murmur2-kafka" murmur2::kafka;
    Murmur3Memcached "murmur3-memcached" murmur3::memcached;
    Lookup3 "lookup3" lookup3::lookup3;
    Sdbm "sdbm" sdbm::sdbm;
    Djb2 "djb2" djb2::djb2;
    Wt6 "wt6" wt6::wt6;
    /// The last word of the digest, little-endian.
    Sha256Last "sha256-last" sha256::last_word;
    JavaNative "java" java::native;
    /// This and the next three read UTF-16 code units, as spymemcached does.
    Utf16Fnv1_64 "fnv1_64-utf16" fnv_utf16::fnv1_64;
    Utf16Fnv1a_64 "fnv1a_64-utf16" fnv_utf16::fnv1a_64;
    Utf16Fnv1_32 "fnv1_32-utf16" fnv_utf16::fnv1_32;
    Utf16Fnv1a_32 "fnv1a_32-utf16" fnv_utf16::fnv1a_32;
}

impl Hash32 {
    /// The hashes of many keys; both slices are of one length.
    #[inline]
    pub(crate) fn hash_all(self, keys: &[&[u8]], out: &mut [u32]) {
        self.hash_all_at(Level::best(), keys, out);
    }

    /// The same by the kernels of one level.
    pub(crate) fn hash_all_at(self, level: Level, keys: &[&[u8]], out: &mut [u32]) {
        if let Some(rule) = self.rule() {
            return words::hash_all(level, rule, keys, out);
        }
        if let Some(rule) = self.ascii_rule() {
            words::hash_all(level, rule, keys, out);
            for (key, out) in keys.iter().zip(out) {
                if !key.is_ascii() {
                    *out = self.hash(key);
                }
            }
            return;
        }
        match self {
            Self::Md5 => md5::digests_at(level, keys, out),
            Self::Crc32 => crc32::update_all_at(level, 0, keys, out),
            Self::Crc32Memcached => {
                crc32::update_all_at(level, 0, keys, out);
                for crc in out {
                    *crc = hash::crc32::cut(*crc);
                }
            }
            _ => self.hash_each(keys, out),
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
            Self::Fnv1a64 => fnv64::hash_all(level, keys, out),
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
