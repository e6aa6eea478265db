//! Keys distributed over lanes.

/// As many keys as `GROUPS` vectors have lanes, and how long they are.
#[cfg(target_arch = "x86_64")]
pub(super) struct Group<'a, const WIDTH: usize, const GROUPS: usize> {
    pub(super) keys: [[&'a [u8]; WIDTH]; GROUPS],
    /// Beside the keys, where a vector can load them.
    pub(super) lengths: [[u32; WIDTH]; GROUPS],
    pub(super) shortest: u32,
    pub(super) longest: u32,
}

/// Up to this many keys are hashed one by one: a vector would be mostly empty.
const FEW: usize = 2;

/// Hashes any number of keys: by `three` vectors of `width` keys at once, a rest that
/// one vector holds by `single`, very few by `one`. Both say how many keys they took.
/// Both slices are of one length.
#[inline]
pub(super) fn in_groups<T>(
    width: usize,
    keys: &[&[u8]],
    out: &mut [T],
    one: impl Fn(&[u8]) -> T,
    three: impl Fn(&[&[u8]], &mut [T]) -> usize,
    single: impl Fn(&[&[u8]], &mut [T]) -> usize,
) {
    let mut from = 0;
    // The rest that fills more than one vector goes as three, of which some
    // lanes run empty: three cost little more than one.
    while from + FEW < keys.len() {
        let (keys, out) = (&keys[from..], &mut out[from..]);
        from += if keys.len() > width { three(keys, out) } else { single(keys, out) };
    }
    for (key, out) in keys.iter().zip(out).skip(from) {
        *out = one(key);
    }
}

/// Hashes `GROUPS` vectors of keys at once.
#[cfg(target_arch = "x86_64")]
pub(super) trait Kernel<const WIDTH: usize, T> {
    fn hash<const GROUPS: usize>(
        &self,
        keys: &Group<'_, WIDTH, GROUPS>,
        out: &mut [[T; WIDTH]; GROUPS],
    );
}

/// Longer keys are hashed alone: the other lanes would run empty for too long.
#[cfg(target_arch = "x86_64")]
const LONGEST: usize = 128;

/// Hashes any number of keys in the lanes of a kernel, long ones by `one`. Both
/// slices are of one length.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn hash_in_lanes<const WIDTH: usize, T: Copy + Default>(
    keys: &[&[u8]],
    out: &mut [T],
    one: impl Fn(&[u8]) -> T + Copy,
    kernel: &impl Kernel<WIDTH, T>,
) {
    let three = |keys: &[&[u8]], out: &mut [T]| hash_next::<3, _, _>(keys, out, one, kernel);
    let single = |keys: &[&[u8]], out: &mut [T]| hash_next::<1, _, _>(keys, out, one, kernel);
    in_groups(WIDTH, keys, out, one, three, single);
}

/// Hashes the next keys, as many as there are lanes or left, and says how many.
#[cfg(target_arch = "x86_64")]
#[inline]
fn hash_next<const GROUPS: usize, const WIDTH: usize, T: Copy + Default>(
    keys: &[&[u8]],
    out: &mut [T],
    one: impl Fn(&[u8]) -> T,
    kernel: &impl Kernel<WIDTH, T>,
) -> usize {
    let count = keys.len().min(GROUPS * WIDTH);
    let (keys, out) = (&keys[..count], &mut out[..count]);
    // A short key stands in for those that are too long or missing: an empty one
    // would be the shortest of all, and every step would look for ends.
    let filler = keys.iter().position(|key| key.len() <= LONGEST);
    if let Some(at) = filler {
        let filler = keys[at];
        let length = length(filler);
        let mut group = Group {
            keys: [[filler; WIDTH]; GROUPS],
            lengths: [[length; WIDTH]; GROUPS],
            shortest: length,
            longest: length,
        };
        let lanes = group.keys.as_flattened_mut().iter_mut();
        let lengths = group.lengths.as_flattened_mut();
        for ((lane, slot), key) in lanes.zip(lengths).zip(keys) {
            if key.len() <= LONGEST {
                let length = self::length(key);
                *lane = key;
                *slot = length;
                group.shortest = group.shortest.min(length);
                group.longest = group.longest.max(length);
            }
        }
        let mut hashes = [[T::default(); WIDTH]; GROUPS];
        kernel.hash(&group, &mut hashes);
        out.copy_from_slice(&hashes.as_flattened()[..count]);
    }
    for (key, out) in keys.iter().zip(out) {
        if key.len() > LONGEST {
            *out = one(key);
        }
    }
    count
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most `LONGEST`")]
fn length(key: &[u8]) -> u32 {
    key.len() as u32
}
