//! wt6: Willy Tarreau, for HAProxy 1.6.
//!
//! Two words rotate by amounts that the hash itself draws, 0 to 31. HAProxy writes
//! a rotation as two shifts, of which the one by 32 - 0 is undefined in C and a
//! shift by 0 on x86: a rotation by 0 leaves the word as it is there and here.

use super::word::low16;

/// The hash.
#[inline]
pub(crate) fn wt6(key: &[u8]) -> u32 {
    let (mut one, mut two) = (0xa53c_965a_u32, 0x5ca6_953a_u32);
    let (mut turn_two, mut turn_one) = (6, 18);
    for &byte in key {
        one = !(one ^ u32::from(byte));
        two = !two.wrapping_add(u32::from(byte));
        (one, two) = (two.rotate_left(turn_two), one.rotate_left(turn_one));
        let turns = u32::from(low16(one >> 16 ^ two));
        (turn_two, turn_one) = (turns & 31, turns >> 11);
    }
    one ^ two
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_key_is_the_two_words() {
        assert_eq!(wt6(b""), 0xf99a_0360);
    }
}
