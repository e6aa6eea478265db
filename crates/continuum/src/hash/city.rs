//! CityHash: Google, 2011.
//!
//! mcrouter's rendezvous hashing joins a key's hash to a server's by `Hash128to64`.
//! ClickHouse's `cityHash64` is `CityHash64` of release 1.0.2, whose third constant
//! and whose steps for longer keys later releases changed.

use super::word::{low32, tail32, tail64};

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;
const K3: u64 = 0xc949_d7c7_509e_6557;

/// `Hash128to64(upper, lower)`: mcrouter gives the server first, the key second.
#[inline]
pub(crate) const fn h128(upper: u64, lower: u64) -> u64 {
    const MUL: u64 = 0x9ddf_ea08_eb38_2d69;
    let mut a = (lower ^ upper).wrapping_mul(MUL);
    a ^= a >> 47;
    let mut b = (upper ^ a).wrapping_mul(MUL);
    b ^= b >> 47;
    b.wrapping_mul(MUL)
}

#[inline]
const fn fold(word: u64) -> u64 {
    word ^ word >> 47
}

/// Eight bytes from a place on.
#[inline]
fn word(key: &[u8], at: usize) -> u64 {
    tail64(&key[at..at + 8])
}

/// `CityHash64` of release 1.0.2.
pub(crate) fn city64_102(key: &[u8]) -> u64 {
    match key.len() {
        0..=16 => to_16(key),
        17..=32 => to_32(key),
        33..=64 => to_64(key),
        _ => longer(key),
    }
}

fn to_16(key: &[u8]) -> u64 {
    let length = key.len() as u64;
    let half = |at: usize| u64::from(tail32(&key[at..at + 4]));
    match key.len() {
        0 => K2,
        1..=3 => {
            let byte = |at: usize| u64::from(key[at]);
            let one = byte(0) + (byte(key.len() / 2) << 8);
            let other = length + (byte(key.len() - 1) << 2);
            fold(one.wrapping_mul(K2) ^ other.wrapping_mul(K3)).wrapping_mul(K2)
        }
        4..=8 => h128(half(key.len() - 4), length + (half(0) << 3)),
        _ => {
            let (one, other) = (word(key, 0), word(key, key.len() - 8));
            let turned = other.wrapping_add(length).rotate_right(low32(length));
            h128(turned, one) ^ other
        }
    }
}

fn to_32(key: &[u8]) -> u64 {
    let length = key.len() as u64;
    let a = word(key, 0).wrapping_mul(K1);
    let b = word(key, 8);
    let c = word(key, key.len() - 8).wrapping_mul(K2);
    let d = word(key, key.len() - 16).wrapping_mul(K0);
    let one = a.wrapping_sub(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let other = a.wrapping_add((b ^ K3).rotate_right(20)).wrapping_sub(c).wrapping_add(length);
    h128(other, one)
}

fn to_64(key: &[u8]) -> u64 {
    let count = key.len();
    let half = |last: u64, start: u64, one: u64, other: u64| {
        let (mut a, mut c) = (start, start.rotate_right(37));
        let mut b = a.wrapping_add(last).rotate_right(52);
        a = a.wrapping_add(one);
        c = c.wrapping_add(a.rotate_right(7));
        a = a.wrapping_add(other);
        b = b.wrapping_add(a.rotate_right(31)).wrapping_add(c);
        (a.wrapping_add(last), b)
    };
    let start = (count as u64).wrapping_add(word(key, count - 16)).wrapping_mul(K0);
    let (v, vs) =
        half(word(key, 24), word(key, 0).wrapping_add(start), word(key, 8), word(key, 16));
    let start = word(key, 16).wrapping_add(word(key, count - 32));
    let (w, ws) = half(word(key, count - 8), start, word(key, count - 24), word(key, count - 16));
    let joined = v.wrapping_add(ws).wrapping_mul(K2);
    let joined = fold(joined.wrapping_add(w.wrapping_add(vs).wrapping_mul(K0)));
    fold(joined.wrapping_mul(K0).wrapping_add(vs)).wrapping_mul(K2)
}

/// Thirty-two bytes and two seeds to two words.
fn weak(key: &[u8], at: usize, mut a: u64, mut b: u64) -> (u64, u64) {
    let [w, x, y, z] = [0, 8, 16, 24].map(|more| word(key, at + more));
    a = a.wrapping_add(w);
    b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let c = a;
    a = a.wrapping_add(x).wrapping_add(y);
    b = b.wrapping_add(a.rotate_right(44));
    (a.wrapping_add(z), b.wrapping_add(c))
}

fn longer(key: &[u8]) -> u64 {
    let (count, length) = (key.len(), key.len() as u64);
    let mut x = word(key, 0);
    let mut y = word(key, count - 16) ^ K1;
    let mut z = word(key, count - 56) ^ K0;
    let mut v = weak(key, count - 64, length, y);
    let mut w = weak(key, count - 32, length.wrapping_mul(K1), K0);
    z = z.wrapping_add(fold(v.1).wrapping_mul(K1));
    x = z.wrapping_add(x).rotate_right(39).wrapping_mul(K1);
    y = y.rotate_right(33).wrapping_mul(K1);
    for at in (0..(count - 1) / 64).map(|block| block * 64) {
        x = x.wrapping_add(y).wrapping_add(v.0).wrapping_add(word(key, at + 16));
        x = x.rotate_right(37).wrapping_mul(K1) ^ w.1;
        y = y.wrapping_add(v.1).wrapping_add(word(key, at + 48));
        y = y.rotate_right(42).wrapping_mul(K1) ^ v.0;
        z = (z ^ w.0).rotate_right(33);
        v = weak(key, at, v.1.wrapping_mul(K1), x.wrapping_add(w.0));
        w = weak(key, at + 32, z.wrapping_add(w.1), y);
        (x, z) = (z, x);
    }
    let one = h128(w.0, v.0).wrapping_add(fold(y).wrapping_mul(K1)).wrapping_add(z);
    h128(h128(w.1, v.1).wrapping_add(x), one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_are_not_alike() {
        assert_eq!(h128(0, 0), 0);
        assert_ne!(h128(1, 2), h128(2, 1));
    }

    /// From an independent reading that reproduces ClickHouse's answers, at lengths on
    /// both sides of every border: byte n of a key is 7n + 3 modulo 256.
    #[test]
    fn known_values() {
        for (length, hash) in KNOWN {
            let key: Vec<u8> = (0..*length).map(|n| (n * 7 + 3).to_le_bytes()[0]).collect();
            assert_eq!(city64_102(&key), *hash, "{length}");
        }
    }

    const KNOWN: &[(u32, u64)] = &[
        (0, 0x9ae16a3b2f90404f),
        (1, 0x5068a5b3d87a0284),
        (2, 0x6ea90655f7a8ea3c),
        (3, 0xf6aa543ca4b8bf14),
        (4, 0x9dd33b80b9fa6393),
        (7, 0x0e1bc1022a1b992c),
        (8, 0x37fed2dba3a300e3),
        (9, 0x29b1ff616f22d6f6),
        (15, 0xf35205fd9db2c504),
        (16, 0xbdf5bcbc9b4603a4),
        (17, 0xa75fe55f0d775eda),
        (24, 0x7353f72904323f52),
        (31, 0xa74e1d551760088d),
        (32, 0xd7989f47d40c660d),
        (33, 0xef04fa08e8e5b8fb),
        (48, 0xa7b0eb0c7882e506),
        (63, 0x4cca3400afafeff4),
        (64, 0xc1515868c51fc399),
        (65, 0xf16772a32b6c31d8),
        (100, 0x6641e32ed7481060),
        (127, 0x962f7a27804c48f1),
        (128, 0xcfbb39443ec19617),
        (129, 0x94c7aa9883f91f7f),
        (192, 0x484f5f90c3af6d42),
        (193, 0xdb5142cfd454a045),
        (300, 0x83d346762115a5b4),
    ];
}
