//! CRC-32 (IEEE 802.3, reflected, polynomial 0xedb88320): zlib's `crc32`.
//!
//! nginx, HAProxy and groupcache use all 32 bits. memcached's clients have since
//! libmemcache and `Cache::Memcached` kept 15 of them, which makes a ring of at
//! most 32,768 places.
//! Eight tables take eight bytes a step ("slicing-by-8": Kounavis and Berry,
//! 2005).

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
#[cfg(test)]
pub(crate) fn crc32(key: &[u8]) -> u32 {
    update(0, key)
}

/// The CRC of what `crc` was the CRC of, followed by `more`: zlib's
/// `crc32(crc, more)`.
pub(crate) fn update(crc: u32, more: &[u8]) -> u32 {
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

/// A chain of CRCs: the first is that of what `base` was the CRC of and four zero
/// bytes; each further one has the one before, as four little-endian bytes, in place
/// of the zeros.
///
/// A step is `next = A(point) ^ first`, where `A`, four bytes into a CRC of zero,
/// is linear over single bits. So eight steps are `A⁸(point)` beside the same of
/// `first`, which is the eighth of the chain: of any eight neighbours none waits for
/// another.
pub(crate) fn chain(base: u32, points: &mut [u32]) {
    let mut last = [0; LEAP];
    let mut point = 0_u32;
    for place in &mut last {
        point = update(base, &point.to_le_bytes());
        *place = point;
    }
    let leap = last[LEAP - 1];
    let (chunks, rest) = points.as_chunks_mut::<LEAP>();
    for chunk in chunks {
        *chunk = last;
        last = last.map(|point| leap ^ leapt(point));
    }
    rest.copy_from_slice(&last[..rest.len()]);
}

/// Steps of a chain at once.
const LEAP: usize = 8;

/// `LEAPS[n][b]`: what byte n of a point of a chain, if it is b, adds eight steps on.
static LEAPS: [[u32; 256]; 4] = leaps();

const fn leaps() -> [[u32; 256]; 4] {
    let mut leaps = [[0; 256]; 4];
    let mut place = 0;
    while place < 4 {
        let mut byte = 0;
        while byte < 256 {
            let mut point = low32((byte as u64) << (8 * place));
            let mut step = 0;
            while step < LEAP {
                let [a, b, c, d] = point.to_le_bytes();
                point = TABLES[3][a as usize]
                    ^ TABLES[2][b as usize]
                    ^ TABLES[1][c as usize]
                    ^ TABLES[0][d as usize];
                step += 1;
            }
            leaps[place][byte] = point;
            byte += 1;
        }
        place += 1;
    }
    leaps
}

#[inline]
fn leapt(point: u32) -> u32 {
    let [a, b, c, d] = point.to_le_bytes();
    LEAPS[0][usize::from(a)]
        ^ LEAPS[1][usize::from(b)]
        ^ LEAPS[2][usize::from(c)]
        ^ LEAPS[3][usize::from(d)]
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
#[cfg(test)]
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
    fn a_chain_is_step_by_step() {
        for name in ["", "a", "10.0.0.1\0", "10.0.0.1\08080"] {
            let base = crc32(name.as_bytes());
            for count in (0..40).chain([160, 161, 1007]) {
                let (mut want, mut point) = (Vec::new(), 0_u32);
                for _ in 0..count {
                    point = update(base, &point.to_le_bytes());
                    want.push(point);
                }
                let mut points = vec![0; count];
                chain(base, &mut points);
                assert_eq!(points, want, "{name:?}, {count}");
            }
        }
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
