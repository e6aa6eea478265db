//! MD5 of batches: keys of one block go through the lanes, longer ones do not.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod steps;

use super::group::in_groups;
use super::level::Level;
use crate::hash::md5;
#[cfg(target_arch = "x86_64")]
pub(super) use portable::copy_short;

/// The longest key that fits one block with its padding.
const SHORT: usize = 55;

/// Word q of every key's digest.
type Words<const LANES: usize> = [[u32; LANES]; 4];

/// What is wanted of a digest: its first word, or all four.
pub(crate) trait Digest: Copy {
    fn of(words: [u32; 4]) -> Self;
}

impl Digest for u32 {
    #[inline]
    fn of(words: [u32; 4]) -> Self {
        words[0]
    }
}

impl Digest for [u32; 4] {
    #[inline]
    fn of(words: [u32; 4]) -> Self {
        words
    }
}

/// The digests of the keys; both slices are of one length.
#[inline]
pub(crate) fn digests(keys: &[&[u8]], out: &mut [impl Digest]) {
    digests_at(Level::best(), keys, out);
}

/// The same by the kernels of one level.
pub(super) fn digests_at(level: Level, keys: &[&[u8]], out: &mut [impl Digest]) {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2(proof) => {
            use super::ops::avx2::WIDTH;
            let three = |keys: &[&[u8]; 3 * WIDTH]| avx2::md5::<3, _>(proof, keys);
            let single = |keys: &[&[u8]; WIDTH]| avx2::md5::<1, _>(proof, keys);
            all(WIDTH, keys, out, three, single);
        }
        #[cfg(target_arch = "x86_64")]
        Level::Avx512(proof) => {
            use super::ops::avx512::WIDTH;
            let three = |keys: &[&[u8]; 3 * WIDTH]| avx512::md5::<3, _>(proof, keys);
            let single = |keys: &[&[u8]; WIDTH]| avx512::md5::<1, _>(proof, keys);
            all(WIDTH, keys, out, three, single);
        }
        _ => all(portable::LANES, keys, out, portable::md5, portable::md5),
    }
}

#[inline]
fn all<const LANES: usize, const FEW: usize, T: Digest>(
    width: usize,
    keys: &[&[u8]],
    out: &mut [T],
    three: impl Fn(&[&[u8]; LANES]) -> Words<LANES>,
    single: impl Fn(&[&[u8]; FEW]) -> Words<FEW>,
) {
    let three = |keys: &[&[u8]], out: &mut [T]| next(keys, out, &three);
    let single = |keys: &[&[u8]], out: &mut [T]| next(keys, out, &single);
    in_groups(width, keys, out, |key| T::of(md5::words(key)), three, single);
}

/// Hashes the next keys, as many as there are lanes or left, and says how many.
#[inline]
fn next<const LANES: usize, T: Digest>(
    keys: &[&[u8]],
    out: &mut [T],
    hash: impl Fn(&[&[u8]; LANES]) -> Words<LANES>,
) -> usize {
    let count = keys.len().min(LANES);
    let (keys, out) = (&keys[..count], &mut out[..count]);
    let words = if let Some(full) = keys.first_chunk::<LANES>() {
        hash(full)
    } else {
        // Not an empty key, whose bytes are nowhere: a load of none of them is slow.
        let mut lanes: [&[u8]; LANES] = [keys[0]; LANES];
        lanes[..count].copy_from_slice(keys);
        hash(&lanes)
    };
    for (lane, out) in out.iter_mut().enumerate() {
        *out = T::of([words[0][lane], words[1][lane], words[2][lane], words[3][lane]]);
    }
    // A kernel cuts long keys off; they are hashed again, alone.
    for (key, out) in keys.iter().zip(out) {
        if key.len() > SHORT {
            *out = T::of(md5::words(key));
        }
    }
    count
}
