//! Hash functions, one a file, each frozen and with its source named.
//!
//! A function here is the one a program runs, quirks included: keys hashed long
//! ago must hash the same tomorrow, so a value never changes. Programs' quirks
//! are those of x86-64: where C reads bytes through `char`, it is signed.
//! Imports nothing from the crate: the plain, readable truth that faster code is
//! compared with. None of them resists an attacker, whoever invented it.

pub(crate) mod adler32;
pub(crate) mod avalanche;
pub(crate) mod blake3;
pub(crate) mod city;
pub(crate) mod crc16;
pub(crate) mod crc32;
pub(crate) mod digest;
pub(crate) mod djb2;
pub(crate) mod exs1024;
pub(crate) mod fnv;
pub(crate) mod fnv_utf16;
pub(crate) mod hsieh;
pub(crate) mod java;
pub(crate) mod lookup3;
pub(crate) mod md5;
pub(crate) mod mt19937;
pub(crate) mod murmur2;
pub(crate) mod murmur3;
pub(crate) mod murmur3_stream;
pub(crate) mod one_at_a_time;
#[cfg(test)]
pub(crate) mod oracle;
pub(crate) mod phash2;
pub(crate) mod postgres;
pub(crate) mod rjenkins;
pub(crate) mod sdbm;
pub(crate) mod sha256;
pub(crate) mod siphash;
pub(crate) mod splitmix64;
pub(crate) mod spooky;
pub(crate) mod sum;
pub(crate) mod utf16;
pub(crate) mod word;
pub(crate) mod wt6;
pub(crate) mod xmemcached;
pub(crate) mod xxh3;
pub(crate) mod xxh32;
pub(crate) mod xxh64;
