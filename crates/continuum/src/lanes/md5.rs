//! MD5 of batches: keys of one block go through the lanes, longer ones do not.

#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use super::{level::Level, portable};
use crate::hash::md5;

/// The longest key that fits one block with its padding.
pub(super) const SHORT: usize = 55;

/// Word q of every key's digest.
pub(super) type Words<const LANES: usize> = [[u32; LANES]; 4];

/// Up to this many keys are hashed one by one: a vector would be mostly empty.
const FEW: usize = 2;

/// The first words of the keys' digests; both slices are of one length.
pub(crate) fn word0_all(level: Level, keys: &[&[u8]], out: &mut [u32]) {
    all(level, keys, &mut First(out));
}

/// The words of the keys' digests; both slices are of one length.
pub(crate) fn words_all(level: Level, keys: &[&[u8]], out: &mut [[u32; 4]]) {
    all(level, keys, &mut All(out));
}

/// Where digests go.
trait Sink {
    fn put<const LANES: usize>(&mut self, from: usize, count: usize, words: &Words<LANES>);
    fn put_one(&mut self, at: usize, words: [u32; 4]);
}

struct First<'a>(&'a mut [u32]);

impl Sink for First<'_> {
    #[inline]
    fn put<const LANES: usize>(&mut self, from: usize, count: usize, words: &Words<LANES>) {
        self.0[from..from + count].copy_from_slice(&words[0][..count]);
    }

    #[inline]
    fn put_one(&mut self, at: usize, words: [u32; 4]) {
        self.0[at] = words[0];
    }
}

struct All<'a>(&'a mut [[u32; 4]]);

impl Sink for All<'_> {
    #[inline]
    fn put<const LANES: usize>(&mut self, from: usize, count: usize, words: &Words<LANES>) {
        for (lane, out) in self.0[from..from + count].iter_mut().enumerate() {
            *out = [words[0][lane], words[1][lane], words[2][lane], words[3][lane]];
        }
    }

    #[inline]
    fn put_one(&mut self, at: usize, words: [u32; 4]) {
        self.0[at] = words;
    }
}

fn all(level: Level, keys: &[&[u8]], sink: &mut impl Sink) {
    let mut from = 0;
    // The rest that fills more than one vector goes as three, of which some
    // lanes run empty: three cost little more than one.
    while from + FEW < keys.len() {
        #[cfg(target_arch = "x86_64")]
        let rest = keys.len() - from;
        from += match level {
            Level::Portable => group(keys, from, sink, portable::md5),
            #[cfg(target_arch = "aarch64")]
            Level::Neon(_) => group(keys, from, sink, portable::md5),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(proof) if rest > avx2::WIDTH => {
                group(keys, from, sink, |keys| avx2::md5::<3, { 3 * avx2::WIDTH }>(proof, keys))
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx2(proof) => {
                group(keys, from, sink, |keys| avx2::md5::<1, { avx2::WIDTH }>(proof, keys))
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(proof) if rest > avx512::WIDTH => {
                group(keys, from, sink, |keys| avx512::md5::<3, { 3 * avx512::WIDTH }>(proof, keys))
            }
            #[cfg(target_arch = "x86_64")]
            Level::Avx512(proof) => {
                group(keys, from, sink, |keys| avx512::md5::<1, { avx512::WIDTH }>(proof, keys))
            }
        };
    }
    for (at, key) in keys.iter().enumerate().skip(from) {
        sink.put_one(at, md5::words(key));
    }
}

/// Hashes the next keys, as many as there are lanes or left, and says how many.
#[inline]
fn group<const LANES: usize>(
    keys: &[&[u8]],
    from: usize,
    sink: &mut impl Sink,
    hash: impl Fn(&[&[u8]; LANES]) -> Words<LANES>,
) -> usize {
    let rest = &keys[from..];
    let count = rest.len().min(LANES);
    if let Some(full) = rest.first_chunk::<LANES>() {
        sink.put(from, LANES, &hash(full));
    } else {
        // Not an empty key, whose bytes are nowhere: a load of none of them is slow.
        let mut lanes: [&[u8]; LANES] = [rest[0]; LANES];
        lanes[..count].copy_from_slice(rest);
        sink.put(from, count, &hash(&lanes));
    }
    // A kernel cuts long keys off; they are hashed again, alone.
    for (at, key) in rest[..count].iter().enumerate() {
        if key.len() > SHORT {
            sink.put_one(from + at, md5::words(key));
        }
    }
    count
}
