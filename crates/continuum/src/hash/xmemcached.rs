//! The hashes that only Xmemcached has (`HashAlgorithm` of its snapshot 5d09c5d1):
//! `MYSQL_HASH`, `ELF_HASH`, `RS_HASH` and `LUA_HASH`, over UTF-16 units in Java's
//! `long`, cut to 32 bits at the end.

use super::utf16;
use super::word::low32;

/// `MYSQL_HASH`.
pub(crate) fn mysql(key: &[u8]) -> u32 {
    let (hash, _) = utf16::fold(key, (0_u64, 4_u64), |(hash, step), unit| {
        let mixed = (hash & 63).wrapping_add(step).wrapping_mul(u64::from(unit));
        (hash ^ mixed.wrapping_add(hash << 8), step + 3)
    });
    low32(hash)
}

/// `ELF_HASH`: 31 bits. The state is 64 bits wide, so what passes bit 31 stays.
pub(crate) fn elf(key: &[u8]) -> u32 {
    let hash = utf16::fold(key, 0_u64, |hash, unit| {
        let hash = (hash << 4).wrapping_add(u64::from(unit));
        match hash & 0xf000_0000 {
            0 => hash,
            high => (hash ^ high >> 24) & !high,
        }
    });
    low32(hash) & 0x7fff_ffff
}

/// `RS_HASH`: 31 bits.
pub(crate) fn rs(key: &[u8]) -> u32 {
    let (hash, _) = utf16::fold(key, (0_u64, 63_689_u64), |(hash, factor), unit| {
        let hash = hash.wrapping_mul(factor).wrapping_add(u64::from(unit));
        (hash, factor.wrapping_mul(378_551))
    });
    low32(hash) & 0x7fff_ffff
}

/// `LUA_HASH`: from the last unit down, and of a long text not every one.
pub(crate) fn lua(key: &[u8]) -> u32 {
    // Borrowed where the key is UTF-8, as texts of Java are.
    let text = String::from_utf8_lossy(key);
    let count = utf16::fold(key, 0_u64, |count, _| count + 1);
    let step = (count >> 5) + 1;
    let (mut hash, mut at) = (count, count);
    for letter in text.chars().rev() {
        let mut units = [0; 2];
        for unit in letter.encode_utf16(&mut units).iter().rev() {
            if at >= step && (count - at).is_multiple_of(step) {
                let right = (hash.cast_signed() >> 2).cast_unsigned();
                hash ^= (hash << 5).wrapping_add(right).wrapping_add(u64::from(*unit));
            }
            at -= 1;
        }
    }
    low32(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart from this code, by an executable reading of the program that
    /// its recorded answers agree with.
    #[test]
    fn known() {
        for (key, want) in [
            ("", [0, 0, 0, 0]),
            ("a", [0x184, 0x61, 0x61, 0x80]),
            ("key-12345", [0x4937_16bc, 0x0c04_27b5, 0x2804_2df7, 0xd927_1d4c]),
            (
                "10.0.0.1:11211-17-and-a-longer-tail",
                [0x4405_744b, 0x03d2_f82c, 0x2d2a_8750, 0x3a01_76af],
            ),
            (
                "\u{fc}ber\u{1f600} \u{65e5}\u{672c}",
                [0x958d_3ef1, 0x0242_e40c, 0x55e2_6e65, 0xe6ec_fa66],
            ),
        ] {
            let key = key.as_bytes();
            assert_eq!([mysql(key), elf(key), rs(key), lua(key)], want, "{key:?}");
        }
    }
}
