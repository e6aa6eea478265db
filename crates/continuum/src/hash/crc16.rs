//! CRC-16/XMODEM (polynomial 0x1021, from 0, not reflected): Redis Cluster's
//! specification, and twemproxy 0.5's `crc16`.
//!
//! twemproxy steps through the same table but never cuts its 32-bit register
//! back to 16 bits: its low half is the CRC, its high half what was shifted out.
//! The two agree on keys of up to one byte only. The CRC takes eight bytes a step,
//! as [`crc32`](super::crc32) does.

use super::word::{low8, low16, low32};

/// `TABLES[n][b]`: what byte b adds once n more bytes have passed.
static TABLES: [[u16; 256]; 8] = tables();

const fn tables() -> [[u16; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = low16(low32(byte as u64)) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let [low, high] = tables[table - 1][byte].to_le_bytes();
            tables[table][byte] = u16::from_be_bytes([low, 0]) ^ tables[0][high as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// Redis Cluster's CRC; the slot is its value modulo 16,384.
pub(crate) fn xmodem(key: &[u8]) -> u16 {
    let mut crc = 0_u16;
    let (eights, rest) = key.as_chunks::<8>();
    for &[a, b, c, d, e, f, g, h] in eights {
        crc = four::<4>(crc, [a, b, c, d]) ^ four::<0>(0, [e, f, g, h]);
    }
    let (fours, rest) = rest.as_chunks::<4>();
    for &bytes in fours {
        crc = four::<0>(crc, bytes);
    }
    for &byte in rest {
        let [low, high] = crc.to_le_bytes();
        crc = u16::from_be_bytes([low, 0]) ^ TABLES[0][usize::from(high ^ byte)];
    }
    crc
}

/// Four bytes after `crc` and before `LATER` others.
#[inline]
fn four<const LATER: usize>(crc: u16, [a, b, c, d]: [u8; 4]) -> u16 {
    let [low, high] = crc.to_le_bytes();
    TABLES[LATER + 3][usize::from(a ^ high)]
        ^ TABLES[LATER + 2][usize::from(b ^ low)]
        ^ TABLES[LATER + 1][usize::from(c)]
        ^ TABLES[LATER][usize::from(d)]
}

/// twemproxy's unmasked register.
pub(crate) fn twemproxy(key: &[u8]) -> u32 {
    key.iter().fold(0, |register: u32, &byte| {
        register << 8 ^ u32::from(TABLES[0][usize::from(low8(register >> 8) ^ byte)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_value() {
        assert_eq!(xmodem(b"123456789"), 0x31c3);
        assert_eq!(xmodem(b""), 0);
    }

    #[test]
    fn twemproxy_holds_the_crc_in_its_low_half() {
        for length in 0..=9 {
            let key = &b"123456789"[..length];
            assert_eq!(low16(twemproxy(key)), xmodem(key));
            assert_eq!(twemproxy(key) >> 16 == 0, length < 2, "{length} bytes");
        }
    }
}
