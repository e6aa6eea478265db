//! `erlang:phash2/1` of a binary (Erlang/OTP 25): Bob Jenkins's lookup2 of 1997,
//! cut to 27 bits. RabbitMQ's consistent-hash exchange hashes routing keys with it.

use super::rjenkins::mix;
use super::word::{len32, tail32};

/// What the state begins with: the golden ratio, and the mark of a binary.
const GOLDEN: u32 = 0x9e37_79b9;
const BINARY: u32 = 0x08d1_2e65;
const MASK: u32 = (1 << 27) - 1;

/// The hash, below 2^27. The empty key is the mark itself, unmixed.
pub(crate) fn phash2(key: &[u8]) -> u32 {
    if key.is_empty() {
        return BINARY & MASK;
    }
    let (mut a, mut b, mut c) = (GOLDEN, GOLDEN, BINARY);
    let (blocks, tail) = key.as_chunks::<12>();
    let word = |bytes: &[u8]| tail32(&bytes[..bytes.len().min(4)]);
    for block in blocks {
        a = a.wrapping_add(word(block));
        b = b.wrapping_add(word(&block[4..]));
        c = c.wrapping_add(word(&block[8..]));
        mix(&mut a, &mut b, &mut c);
    }
    a = a.wrapping_add(word(tail));
    b = b.wrapping_add(word(tail.get(4..).unwrap_or_default()));
    // The lowest byte is left to the length.
    c = c.wrapping_add(len32(key));
    c = c.wrapping_add(word(tail.get(8..).unwrap_or_default()) << 8);
    mix(&mut a, &mut b, &mut c);
    c & MASK
}

#[cfg(test)]
mod tests {
    /// From an independent reading that reproduces the broker's answers.
    #[test]
    fn known_values() {
        for (key, hash) in KNOWN {
            assert_eq!(super::phash2(key), *hash);
        }
    }

    const KNOWN: &[(&[u8], u32)] = &[(b"", 13708901), (b"\x61", 112802447), (b"\x61\x62\x63\x64", 132321803), (b"\x61\x62\x63\x64\x65\x66\x67\x68", 72227102), (b"\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b", 96993671), (b"\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c", 15432855), (b"\x75\x73\x65\x72\x3a\x31\x32\x33\x34\x35\x3a\x70\x72\x6f\x66\x69\x6c\x65\x3a\x78", 35434144), (b"\xe6\xe7\xe8\xe9\xea\xeb\xec\xed\xee\xef\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe", 836744)];
}
