//! lookup3 `hashlittle`: Bob Jenkins, May 2006, with libhashkit's and twemproxy's
//! initial value 13 (their `jenkins`).
//!
//! The last 1 to 12 bytes are always left to the final mix, also when they are 12.
//! The empty key is not mixed: it is 0xdeadbeef + 13.

use super::word::len32;

const INITIAL: u32 = 13;

/// The hash.
#[inline]
pub(crate) fn lookup3(key: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(len32(key)).wrapping_add(INITIAL);
    let [mut a, mut b, mut c] = [start; 3];

    macro_rules! mix {
        ($($x:ident $y:ident $z:ident $turn:literal;)*) => {$(
            $x = $x.wrapping_sub($z) ^ $z.rotate_left($turn);
            $z = $z.wrapping_add($y);
        )*};
    }
    macro_rules! finish {
        ($($x:ident $y:ident $turn:literal;)*) => {$(
            $x = ($x ^ $y).wrapping_sub($y.rotate_left($turn));
        )*};
    }

    let mut rest = key;
    while let Some((block, more)) = rest.split_first_chunk::<12>()
        && !more.is_empty()
    {
        let (words, _) = block.as_chunks();
        a = a.wrapping_add(u32::from_le_bytes(words[0]));
        b = b.wrapping_add(u32::from_le_bytes(words[1]));
        c = c.wrapping_add(u32::from_le_bytes(words[2]));
        mix! {
            a b c 4;
            b c a 6;
            c a b 8;
            a b c 16;
            b c a 19;
            c a b 4;
        }
        rest = more;
    }
    if rest.is_empty() {
        return c;
    }
    let mut last = [0; 12];
    last[..rest.len()].copy_from_slice(rest);
    let (words, _) = last.as_chunks();
    a = a.wrapping_add(u32::from_le_bytes(words[0]));
    b = b.wrapping_add(u32::from_le_bytes(words[1]));
    c = c.wrapping_add(u32::from_le_bytes(words[2]));
    finish! {
        c b 14;
        a c 11;
        b a 25;
        c b 16;
        a c 4;
        b a 14;
        c b 24;
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_key_is_not_mixed() {
        assert_eq!(lookup3(b""), 0xdead_befc);
    }
}
