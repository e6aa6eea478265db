//! SHA-256 (FIPS 180-4) as Varnish's shard director cuts it: `vmod_directors`,
//! Varnish 7.1.
//!
//! The director keeps the **last** four bytes of the digest and reads them
//! little-endian.

use sha2::{Digest, Sha256};

/// The last four bytes of the digest, little-endian.
#[inline]
pub(crate) fn last_word(key: &[u8]) -> u32 {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let [.., a, b, c, d] = digest;
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's example ends in f20015ad, the empty digest in 7852b855.
    #[test]
    fn fips_180() {
        assert_eq!(last_word(b"abc"), 0xad15_00f2);
        assert_eq!(last_word(b""), 0x55b8_5278);
    }
}
