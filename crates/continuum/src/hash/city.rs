//! CityHash's `Hash128to64`: Google, 2011, as mcrouter's rendezvous hashing joins a
//! key's hash to a server's with it.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_are_not_alike() {
        assert_eq!(h128(0, 0), 0);
        assert_ne!(h128(1, 2), h128(2, 1));
    }
}
