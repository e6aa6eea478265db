//! XXH3, 64 bits: Yann Collet, xxHash 0.8.0 (2020), the release that froze it.
//!
//! memcached's built-in proxy hashes keys and points with it.

/// The hash; seed 0 is the unseeded one.
#[inline]
pub(crate) fn xxh3_64(key: &[u8], seed: u64) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(key, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published() {
        assert_eq!(xxh3_64(b"", 0), 0x2d06_8005_38d3_94c2);
    }
}
