//! CRC-32 (IEEE 802.3, reflected, polynomial 0xedb88320): zlib's `crc32`.
//!
//! nginx, HAProxy and groupcache use all 32 bits. memcached's clients have since
//! libmemcache and `Cache::Memcached` kept 15 of them, which makes a ring of at
//! most 32,768 places.
//! Eight tables take eight bytes a step ("slicing-by-8": Kounavis and Berry,
//! 2005).

use crate::lanes::{self, Level};

use super::word::{low8, low32};

pub(crate) const POLYNOMIAL: u32 = 0xedb8_8320;

/// `TABLES[n][b]`: what byte b adds once n more bytes have passed.
static TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = low32(byte as u64);
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][low8(before) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// The CRC of a whole key.
#[inline]
pub(crate) fn crc32(key: &[u8]) -> u32 {
    update(0, key)
}

/// From this length on, the polynomial products of `lanes` are faster than tables:
/// keys of many lengths end loops over bytes where no CPU foresees it.
const LONG: usize = 9;

/// The CRC of what `crc` was the CRC of, followed by `more`: zlib's
/// `crc32(crc, more)`.
#[inline]
pub(crate) fn update(crc: u32, more: &[u8]) -> u32 {
    if more.len() < LONG { by_tables(crc, more) } else { lanes::crc32::update(crc, more) }
}

/// [`update`] by tables: the portable truth.
pub(crate) fn by_tables(crc: u32, more: &[u8]) -> u32 {
    let mut crc = !crc;
    let (eights, rest) = more.as_chunks::<8>();
    for &[a, b, c, d, e, f, g, h] in eights {
        crc = four::<4>(crc, [a, b, c, d]) ^ four::<0>(0, [e, f, g, h]);
    }
    let (fours, rest) = rest.as_chunks::<4>();
    for &bytes in fours {
        crc = four::<0>(crc, bytes);
    }
    for &byte in rest {
        crc = crc >> 8 ^ TABLES[0][usize::from(low8(crc) ^ byte)];
    }
    !crc
}

/// [`update`] by each of many keys; both slices are of one length.
#[inline]
pub(crate) fn update_all(crc: u32, keys: &[&[u8]], out: &mut [u32]) {
    lanes::crc32::update_all(Level::best(), crc, keys, out);
}

/// Four bytes after `crc` and before `LATER` others.
#[inline]
fn four<const LATER: usize>(crc: u32, bytes: [u8; 4]) -> u32 {
    let [a, b, c, d] = (crc ^ u32::from_le_bytes(bytes)).to_le_bytes();
    TABLES[LATER + 3][usize::from(a)]
        ^ TABLES[LATER + 2][usize::from(b)]
        ^ TABLES[LATER + 1][usize::from(c)]
        ^ TABLES[LATER][usize::from(d)]
}

/// Bits 16 to 30: `crc` of libmemcached, `crc32` of twemproxy, nginx's plain
/// `hash`.
#[inline]
pub(crate) fn memcached(key: &[u8]) -> u32 {
    cut(crc32(key))
}

/// Bits 16 to 30 of a CRC.
#[inline]
pub(crate) fn cut(crc: u32) -> u32 {
    crc >> 16 & 0x7fff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(memcached(b"123456789"), 0x4bf4);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn continues_at_every_cut() {
        let text = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(crc32(text), 0x414f_a339);
        for cut in 0..=text.len() {
            let (head, tail) = text.split_at(cut);
            assert_eq!(update(crc32(head), tail), 0x414f_a339, "cut at {cut}");
        }
    }
}
