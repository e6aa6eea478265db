//! Digests of texts: what hashring of npm shows of its ring.

use serde::Deserialize;
use sha1::Digest as _;

/// The algorithms of scheme `npm-hashring`.
#[derive(Clone, Copy, Deserialize)]
pub(crate) enum Digest {
    #[serde(rename = "md5")]
    Md5,
    #[serde(rename = "sha1")]
    Sha1,
    #[serde(rename = "sha224")]
    Sha224,
    #[serde(rename = "sha256")]
    Sha256,
    #[serde(rename = "sha384")]
    Sha384,
    #[serde(rename = "sha512")]
    Sha512,
    #[serde(rename = "sha3-256")]
    Sha3,
    #[serde(rename = "blake2b512")]
    Blake2b,
}

impl Digest {
    fn of(self, text: &str) -> Vec<u8> {
        match self {
            Self::Md5 => md5::Md5::digest(text).to_vec(),
            Self::Sha1 => sha1::Sha1::digest(text).to_vec(),
            Self::Sha224 => sha2::Sha224::digest(text).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(text).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(text).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(text).to_vec(),
            Self::Sha3 => sha3::Sha3_256::digest(text).to_vec(),
            Self::Blake2b => blake2::Blake2b512::digest(text).to_vec(),
        }
    }
}

/// Each text's digest, as hexadecimal digits.
pub(crate) fn digests(algorithm: Digest, texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| hexadecimal(&algorithm.of(text))).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
