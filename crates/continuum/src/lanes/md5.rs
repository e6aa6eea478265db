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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::splitmix64::splitmix64;

    fn check(keys: &[&[u8]]) {
        let want: Vec<[u32; 4]> = keys.iter().map(|key| md5::words(key)).collect();
        for level in Level::all() {
            let mut words = vec![[0; 4]; keys.len()];
            words_all(level, keys, &mut words);
            assert!(words == want, "{level:?}, {} keys", keys.len());
            let mut first = vec![0; keys.len()];
            word0_all(level, keys, &mut first);
            assert!(first.iter().eq(want.iter().map(|words| &words[0])), "{level:?}");
        }
    }

    fn noise(len: usize) -> Vec<u8> {
        (0..len as u64).map(|at| splitmix64(at).to_le_bytes()[0]).collect()
    }

    /// Every length to 300 at every alignment, neighbours of other lengths.
    #[test]
    fn lengths_and_alignments() {
        let noise = noise(400);
        for start in 0..64 {
            let keys: Vec<&[u8]> = (0..=300).map(|len| &noise[start..start + len]).collect();
            check(&keys);
            let keys: Vec<&[u8]> = (0..=300).map(|n| &noise[start..][..n * 7 % 56]).collect();
            check(&keys);
        }
    }

    #[test]
    fn batches_of_every_size() {
        let noise = noise(200);
        for count in 0..=130 {
            let keys: Vec<&[u8]> = (0..count).map(|n| &noise[n % 100..][..n * 13 % 70]).collect();
            check(&keys);
        }
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a log should say which levels were tried")]
    fn a_million_random_keys() {
        eprintln!("levels: {:?}", Level::all());
        let noise = noise(1 << 16);
        let number = |at: u64| usize::try_from(splitmix64(at) % 60_000).unwrap();
        for block in 0..250 {
            let keys: Vec<&[u8]> = (0..4000)
                .map(|n| block * 4000 + n)
                .map(|n| &noise[number(n)..][..number(!n) % 60])
                .collect();
            check(&keys);
        }
    }
}
