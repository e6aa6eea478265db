//! PostgreSQL's `hash_bytes_extended` and its like for whole numbers: Bob Jenkins's
//! lookup3 of 2006 with other constants (PostgreSQL 11 to 18, little-endian).
//!
//! A seed that is not 0 is mixed in first. The last bytes fill words little-endian,
//! but for the lowest byte of the third, which stays free. The result is of 64 bits.

use super::word::{high32, len32, low32, tail32};

/// What partitions are hashed with: `HASH_PARTITION_SEED`.
pub(crate) const PARTITION_SEED: u64 = 0x7a5b_2236_7996_dcfd;
/// What the state begins with, but for the length.
const START: u32 = 0x9e37_79b9_u32.wrapping_add(3_923_095);

/// The hash of bytes.
pub(crate) fn bytes(key: &[u8], seed: u64) -> u64 {
    let [mut a, mut b, mut c] = start(len32(key), seed);
    let (blocks, tail) = key.as_chunks::<12>();
    let word = |bytes: &[u8]| tail32(&bytes[..bytes.len().min(4)]);
    for block in blocks {
        a = a.wrapping_add(word(block));
        b = b.wrapping_add(word(&block[4..]));
        c = c.wrapping_add(word(&block[8..]));
        [a, b, c] = mix([a, b, c]);
    }
    a = a.wrapping_add(word(tail));
    b = b.wrapping_add(word(tail.get(4..).unwrap_or_default()));
    c = c.wrapping_add(word(tail.get(8..).unwrap_or_default()) << 8);
    finish([a, b, c])
}

/// The hash of a whole number of 32 bits.
pub(crate) fn number(value: u32, seed: u64) -> u64 {
    let [a, b, c] = start(4, seed);
    finish([a.wrapping_add(value), b, c])
}

fn start(length: u32, seed: u64) -> [u32; 3] {
    let word = START.wrapping_add(length);
    if seed == 0 {
        return [word; 3];
    }
    mix([word.wrapping_add(high32(seed)), word.wrapping_add(low32(seed)), word])
}

fn mix([mut a, mut b, mut c]: [u32; 3]) -> [u32; 3] {
    for turns in [[4, 6, 8], [16, 19, 4]] {
        a = a.wrapping_sub(c) ^ c.rotate_left(turns[0]);
        c = c.wrapping_add(b);
        b = b.wrapping_sub(a) ^ a.rotate_left(turns[1]);
        a = a.wrapping_add(c);
        c = c.wrapping_sub(b) ^ b.rotate_left(turns[2]);
        b = b.wrapping_add(a);
    }
    [a, b, c]
}

fn finish([mut a, mut b, mut c]: [u32; 3]) -> u64 {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    c = (c ^ b).wrapping_sub(b.rotate_left(24));
    u64::from(b) << 32 | u64::from(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From an independent reading that reproduces PostgreSQL's partitions.
    #[test]
    fn known_values() {
        for (key, seed, hash) in BYTES {
            assert_eq!(bytes(key, *seed), *hash);
        }
        for (value, seed, hash) in NUMBERS {
            assert_eq!(number(*value, *seed), *hash);
        }
    }

    const BYTES: &[(&[u8], u64, u64)] = &[
        (b"", 0x0, 0x9fb1b765a7ea466d),
        (b"", 0x7a5b22367996dcfd, 0xb0e33d0b543fbfc3),
        (b"\x61", 0x0, 0x31d94c66401370b1),
        (b"\x61", 0x7a5b22367996dcfd, 0xa2f240f8823ba67b),
        (b"\x61\x62\x63\x64\x65\x66\x67\x68", 0x0, 0x84bc1e238b1e9c33),
        (b"\x61\x62\x63\x64\x65\x66\x67\x68", 0x7a5b22367996dcfd, 0x94619c573ca212b2),
        (b"\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b", 0x0, 0x2b3346a5a78ef3d3),
        (b"\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b", 0x7a5b22367996dcfd, 0xe39999edea562278),
        (b"\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c", 0x0, 0x97216e83a1763ad4),
        (
            b"\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c",
            0x7a5b22367996dcfd,
            0x92b003d370554786,
        ),
        (
            b"\x75\x73\x65\x72\x3a\x31\x32\x33\x34\x35\x3a\x70\x72\x6f\x66\x69\x6c\x65\x3a\x78",
            0x0,
            0x274d7ce28614b280,
        ),
        (
            b"\x75\x73\x65\x72\x3a\x31\x32\x33\x34\x35\x3a\x70\x72\x6f\x66\x69\x6c\x65\x3a\x78",
            0x7a5b22367996dcfd,
            0x66d7269dfcff06e7,
        ),
    ];
    const NUMBERS: &[(u32, u64, u64)] = &[
        (0, 0x0, 0x39a825beefbec0af),
        (0, 0x7a5b22367996dcfd, 0xc2e34bda39f0f0cd),
        (1, 0x0, 0xcd0f69c48e731746),
        (1, 0x7a5b22367996dcfd, 0x52d621058124e6d5),
        (4294967295, 0x0, 0xe5cb8f9016fe094a),
        (4294967295, 0x7a5b22367996dcfd, 0xba5fc748095606c2),
    ];
}
