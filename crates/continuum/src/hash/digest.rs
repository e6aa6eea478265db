//! Digests that programs let their users choose by name: MD5, SHA-1, SHA-2, SHA-3
//! and BLAKE2b, with the names that OpenSSL and PHP have for them.

use blake2::Blake2b512;
use sha1::Sha1;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};
use sha3::Sha3_256;

use super::md5;

/// A digest function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Digest {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha3_256,
    Blake2b512,
}

/// The most bytes that one has.
const LONGEST: usize = 64;

/// The bytes of a digest; behind them there are zeros.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes([u8; LONGEST]);

impl Bytes {
    fn new(digest: &[u8]) -> Self {
        let mut bytes = [0; LONGEST];
        bytes[..digest.len()].copy_from_slice(digest);
        Self(bytes)
    }

    /// The word behind `number` others, the first byte lowest; 0 past the end.
    pub(crate) fn word(&self, number: usize) -> u32 {
        self.0.as_chunks().0.get(number).map_or(0, |word| u32::from_le_bytes(*word))
    }

    /// The first eight bytes, the first lowest.
    pub(crate) fn low64(&self) -> u64 {
        u64::from(self.word(1)) << 32 | u64::from(self.word(0))
    }

    /// The first four bytes, the first highest.
    pub(crate) fn first_word(&self) -> u32 {
        self.word(0).swap_bytes()
    }
}

impl Digest {
    /// The digest of a key.
    pub(crate) fn of(self, key: &[u8]) -> Bytes {
        match self {
            Self::Md5 => {
                let mut bytes = [0; 16];
                for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(md5::words(key)) {
                    *bytes = word.to_le_bytes();
                }
                Bytes::new(&bytes)
            }
            Self::Sha1 => Bytes::new(&Sha1::digest(key)),
            Self::Sha224 => Bytes::new(&Sha224::digest(key)),
            Self::Sha256 => Bytes::new(&Sha256::digest(key)),
            Self::Sha384 => Bytes::new(&Sha384::digest(key)),
            Self::Sha512 => Bytes::new(&Sha512::digest(key)),
            Self::Sha3_256 => Bytes::new(&Sha3_256::digest(key)),
            Self::Blake2b512 => Bytes::new(&Blake2b512::digest(key)),
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Sha3_256 => "sha3-256",
            Self::Blake2b512 => "blake2b512",
        }
    }

    /// The one of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        const ALL: [Digest; 8] = [
            Digest::Md5,
            Digest::Sha1,
            Digest::Sha224,
            Digest::Sha256,
            Digest::Sha384,
            Digest::Sha512,
            Digest::Sha3_256,
            Digest::Blake2b512,
        ];
        ALL.into_iter().find(|digest| digest.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    /// The first eight bytes of each standard's digest of "abc".
    #[test]
    fn published() {
        for (name, first) in [
            ("md5", 0x9001_5098_3cd2_4fb0_u64),
            ("sha1", 0xa999_3e36_4706_816a),
            ("sha224", 0x2309_7d22_3405_d822),
            ("sha256", 0xba78_16bf_8f01_cfea),
            ("sha384", 0xcb00_753f_45a3_5e8b),
            ("sha512", 0xddaf_35a1_9361_7aba),
            ("sha3-256", 0x3a98_5da7_4fe2_25b2),
            ("blake2b512", 0xba80_a53f_981c_4d0d),
        ] {
            let digest = Digest::named(name).unwrap();
            assert_eq!(digest.of(b"abc").low64().swap_bytes(), first, "{name}");
            assert_eq!(u64::from(digest.of(b"abc").first_word()), first >> 32, "{name}");
        }
        assert_eq!(Digest::named("md4"), None);
    }

    #[test]
    fn words_end_in_zeros() {
        let digest = Digest::Md5.of(b"");
        assert_eq!(digest.word(0), 0xd98c_1dd4);
        assert_eq!((digest.word(4), digest.word(15), digest.word(16)), (0, 0, 0));
    }
}
