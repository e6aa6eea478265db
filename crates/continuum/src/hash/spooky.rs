//! SpookyHash V2: Bob Jenkins, 2012, as mcrouter draws its weights with it.
//!
//! `Hash32` seeds both words of the state with the one seed and keeps the low 32
//! bits of the first. A key shorter than 192 bytes takes another function
//! altogether, of four words where the long one has twelve.

use super::word::{low32, tail64};

const START: u64 = 0xdead_beef_dead_beef;
const SHORT_BELOW: usize = 192;

/// `SpookyHashV2::Hash32`.
pub(crate) fn hash32(key: &[u8], seed: u32) -> u32 {
    let seed = u64::from(seed);
    low32(if key.len() < SHORT_BELOW { short(key, seed) } else { long(key, seed) })
}

fn short(key: &[u8], seed: u64) -> u64 {
    let [mut a, mut b, mut c, mut d] = [seed, seed, START, START];

    macro_rules! mix {
        ($($x:ident $y:ident $z:ident $turn:literal;)*) => {$(
            $x = $x.rotate_left($turn).wrapping_add($y);
            $z ^= $x;
        )*};
    }
    macro_rules! finish {
        ($($x:ident $y:ident $turn:literal;)*) => {$(
            $x ^= $y;
            $y = $y.rotate_left($turn);
            $x = $x.wrapping_add($y);
        )*};
    }
    macro_rules! mix_all {
        () => {
            mix! {
                c d a 50; d a b 52; a b c 30; b c d 41;
                c d a 54; d a b 48; a b c 38; b c d 37;
                c d a 62; d a b 34; a b c 5; b c d 36;
            }
        };
    }

    let (words, tail) = key.as_chunks::<8>();
    let (fours, words) = words.as_chunks::<4>();
    for &[one, two, three, four] in fours {
        c = c.wrapping_add(u64::from_le_bytes(one));
        d = d.wrapping_add(u64::from_le_bytes(two));
        mix_all!();
        a = a.wrapping_add(u64::from_le_bytes(three));
        b = b.wrapping_add(u64::from_le_bytes(four));
    }
    let (pairs, words) = words.as_chunks::<2>();
    for &[one, two] in pairs {
        c = c.wrapping_add(u64::from_le_bytes(one));
        d = d.wrapping_add(u64::from_le_bytes(two));
        mix_all!();
    }
    // The length is shifted by 56 bits: of a longer key, its low byte is left.
    d = d.wrapping_add((key.len() as u64) << 56);
    match *words {
        [word] => {
            c = c.wrapping_add(u64::from_le_bytes(word));
            d = d.wrapping_add(tail64(tail));
        }
        _ if tail.is_empty() => {
            c = c.wrapping_add(START);
            d = d.wrapping_add(START);
        }
        _ => c = c.wrapping_add(tail64(tail)),
    }
    finish! {
        d c 15; a d 52; b a 26; c b 51;
        d c 28; a d 9; b a 47; c b 54;
        d c 32; a d 25; b a 63;
    }
    a
}

fn long(key: &[u8], seed: u64) -> u64 {
    const BLOCK: usize = 96;
    const MIX_TURNS: [u32; 12] = [11, 32, 43, 31, 17, 28, 39, 57, 55, 54, 22, 46];
    const END_TURNS: [u32; 12] = [44, 15, 34, 21, 38, 33, 10, 13, 38, 53, 42, 54];

    let mut s = [0; 12];
    for words in s.as_chunks_mut().0 {
        *words = [seed, seed, START];
    }
    let (blocks, rest) = key.as_chunks::<BLOCK>();
    for block in blocks {
        for (i, word) in block.as_chunks().0.iter().enumerate() {
            let (next, after, before, last) =
                ((i + 1) % 12, (i + 2) % 12, (i + 10) % 12, (i + 11) % 12);
            s[i] = s[i].wrapping_add(u64::from_le_bytes(*word));
            s[after] ^= s[before];
            s[last] ^= s[i];
            s[i] = s[i].rotate_left(MIX_TURNS[i]);
            s[last] = s[last].wrapping_add(s[next]);
        }
    }
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    let [length, ..] = rest.len().to_le_bytes();
    block[BLOCK - 1] = length;
    for (state, word) in s.iter_mut().zip(block.as_chunks().0) {
        *state = state.wrapping_add(u64::from_le_bytes(*word));
    }
    for _ in 0..3 {
        for (i, turn) in END_TURNS.into_iter().enumerate() {
            let (next, after, last) = ((i + 1) % 12, (i + 2) % 12, (i + 11) % 12);
            s[last] = s[last].wrapping_add(s[next]);
            s[after] ^= s[last];
            s[next] = s[next].rotate_left(turn);
        }
    }
    s[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest key of the short function and the shortest of the long one.
    #[test]
    fn the_two_functions_meet_at_192() {
        assert_eq!(hash32(&[0; SHORT_BELOW - 1], 1), 0xd895_3316);
        assert_eq!(hash32(&[0; SHORT_BELOW], 1), 0x6696_fd82);
    }
}
