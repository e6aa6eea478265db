//! CRC-16/XMODEM (polynomial 0x1021, from 0, not reflected): Redis Cluster's
//! specification, and twemproxy 0.5's `crc16`.
//!
//! twemproxy steps through the same table but never cuts its 32-bit register
//! back to 16 bits: its low half is the CRC, its high half what was shifted out.
//! The two agree on keys of up to one byte only.

use super::word::{low8, low16, low32};

static TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = low16(low32(byte as u64)) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

/// Redis Cluster's CRC; the slot is its value modulo 16,384.
pub(crate) fn xmodem(key: &[u8]) -> u16 {
    key.iter().fold(0, |crc, &byte| {
        let [low, high] = crc.to_le_bytes();
        u16::from_be_bytes([low, 0]) ^ TABLE[usize::from(high ^ byte)]
    })
}

/// twemproxy's unmasked register.
pub(crate) fn twemproxy(key: &[u8]) -> u32 {
    key.iter().fold(0, |register: u32, &byte| {
        register << 8 ^ u32::from(TABLE[usize::from(low8(register >> 8) ^ byte)])
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
