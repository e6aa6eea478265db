//! FNV-1a of 64 bits over unsigned bytes, in batches.
//!
//! The other hashes of 64 bits have no lanes: they take eight bytes a step, and the
//! CPU overlaps one key with the next as well as lanes would.

#[cfg(target_arch = "x86_64")]
mod avx512;

#[cfg(target_arch = "x86_64")]
use super::group::hash_in_lanes;
use super::interleaved::all;
use super::level::Level;
#[cfg(target_arch = "x86_64")]
use crate::hash::fnv::fnv1a_64_plain;
use crate::hash::fnv::{OFFSET_64, PRIME_64};

/// The hashes of many keys; both slices are of one length.
pub(super) fn hash_all(level: Level, keys: &[&[u8]], out: &mut [u64]) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(proof) => hash_in_lanes(keys, out, fnv1a_64_plain, &proof),
        // AVX2 has no product of 64 bits, and one made of three is no faster.
        _ => {
            let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME_64);
            all(keys, out, OFFSET_64, step, |hash| hash);
        }
    }
}
