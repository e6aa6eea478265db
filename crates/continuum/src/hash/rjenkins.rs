//! CRUSH's `rjenkins1`: Bob Jenkins's 1997 mix of 96 bits over whole numbers, as
//! Ceph 16.2 has it in `crush/hash.c`. Not a hash of bytes.

const SEED: u32 = 1_315_423_911;

pub(super) fn mix(a: &mut u32, b: &mut u32, c: &mut u32) {
    *a = a.wrapping_sub(*b).wrapping_sub(*c) ^ *c >> 13;
    *b = b.wrapping_sub(*c).wrapping_sub(*a) ^ *a << 8;
    *c = c.wrapping_sub(*a).wrapping_sub(*b) ^ *b >> 13;
    *a = a.wrapping_sub(*b).wrapping_sub(*c) ^ *c >> 12;
    *b = b.wrapping_sub(*c).wrapping_sub(*a) ^ *a << 16;
    *c = c.wrapping_sub(*a).wrapping_sub(*b) ^ *b >> 5;
    *a = a.wrapping_sub(*b).wrapping_sub(*c) ^ *c >> 3;
    *b = b.wrapping_sub(*c).wrapping_sub(*a) ^ *a << 10;
    *c = c.wrapping_sub(*a).wrapping_sub(*b) ^ *b >> 15;
}

/// `crush_hash32_3`: of an input, an item's id and a draw.
pub(crate) fn hash3(mut a: u32, mut b: u32, mut c: u32) -> u32 {
    let mut hash = SEED ^ a ^ b ^ c;
    let (mut x, mut y) = (231_232, 1232);
    mix(&mut a, &mut b, &mut hash);
    mix(&mut c, &mut x, &mut hash);
    mix(&mut y, &mut a, &mut hash);
    mix(&mut b, &mut x, &mut hash);
    mix(&mut y, &mut c, &mut hash);
    hash
}

#[cfg(test)]
mod tests {
    /// From an independent reading; the placements of crushtool test it whole.
    #[test]
    fn known_values() {
        for (a, b, c, hash) in KNOWN {
            assert_eq!(super::hash3(*a, *b, *c), *hash);
        }
    }

    const KNOWN: &[(u32, u32, u32, u32)] = &[
        (0, 0, 0, 0x7a3b_f3b2),
        (1, 2, 3, 0x735a_d42b),
        (4_294_967_295, 0, 51, 0x46e2_e4a0),
        (2_996, 99, 2, 0x6a50_402d),
        (2_147_483_648, 2_147_483_647, 1, 0x1996_9dfb),
    ];
}
