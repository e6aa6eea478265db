//! HAProxy's `full_hash`: Bob Jenkins' 32-bit integer hash of six shifts, then a
//! product with 3,221,225,473 (0xc0000001).
//!
//! HAProxy puts every server's points through it, and keys where `hash-type` says
//! `avalanche`. Each step can be undone: no two words share a value.

/// The hash of one word.
#[inline]
pub(crate) const fn avalanche(word: u32) -> u32 {
    let mut a = word;
    a = a.wrapping_add(0x7ed5_5d16).wrapping_add(a << 12);
    a = a ^ 0xc761_c23c ^ a >> 19;
    a = a.wrapping_add(0x1656_67b1).wrapping_add(a << 5);
    a = a.wrapping_add(0xd3a2_646c) ^ a << 9;
    a = a.wrapping_add(0xfd70_46c5).wrapping_add(a << 3);
    a = a ^ 0xb55a_4f09 ^ a >> 16;
    a.wrapping_mul(3_221_225_473)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first point of the server with id 1, and the hash of nothing.
    #[test]
    fn known_at_compile_time() {
        const FIRST: u32 = avalanche(4096);
        assert_eq!(FIRST, 0x49c2_008b);
        assert_eq!(avalanche(0), 0xab4e_d927);
    }
}
