//! Jump consistent hash of a number, as the libraries of many languages have it.

use std::num::NonZeroU32;

use crate::placement::jump as bucket_of;

/// The bucket of a number, below `buckets`, by Lamping and Veach's jump consistent hash:
/// the number is the seed of the paper's generator. The answers are those of `jump.hash`
/// in Python and of the functions that copy the paper. O(log buckets).
///
/// The scheme `jump` gives the same for keys of eight little-endian bytes.
///
/// ```
/// use continuum::compat::jump;
/// use std::num::NonZeroU32;
/// assert_eq!(jump(0xDEAD_10CC, NonZeroU32::new(666).unwrap()), 361);
/// ```
#[must_use]
#[inline]
pub fn jump(key: u64, buckets: NonZeroU32) -> u32 {
    bucket_of(key, buckets.get())
}
