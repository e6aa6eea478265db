//! Keys dealt to lanes.

/// As many keys as `GROUPS` vectors have lanes, and how long they are.
pub(super) struct Group<'a, const WIDTH: usize, const GROUPS: usize> {
    pub(super) keys: [[&'a [u8]; WIDTH]; GROUPS],
    /// Beside the keys, where a vector can load them.
    pub(super) lengths: [[u32; WIDTH]; GROUPS],
    pub(super) shortest: u32,
    pub(super) longest: u32,
}

/// Up to this many keys are hashed one by one: a vector would be mostly empty.
const FEW: usize = 2;

/// Hashes any number of keys by `three` vectors at once, a rest that one vector
/// holds by `single`, and what is longer than `limit` by `one`. Both slices are of
/// one length.
#[inline]
pub(super) fn hash_in_lanes<const WIDTH: usize, T: Copy + Default>(
    limit: usize,
    keys: &[&[u8]],
    out: &mut [T],
    one: impl Fn(&[u8]) -> T + Copy,
    three: impl Fn(&Group<'_, WIDTH, 3>, &mut [[T; WIDTH]; 3]),
    single: impl Fn(&Group<'_, WIDTH, 1>, &mut [[T; WIDTH]; 1]),
) {
    let mut from = 0;
    // The rest that fills more than one vector goes as three, of which some
    // lanes run empty: three cost little more than one.
    while from + FEW < keys.len() {
        let (keys, out) = (&keys[from..], &mut out[from..]);
        from += if keys.len() > WIDTH {
            hash_next(limit, keys, out, one, &three)
        } else {
            hash_next(limit, keys, out, one, &single)
        };
    }
    for (key, out) in keys.iter().zip(out).skip(from) {
        *out = one(key);
    }
}

/// Hashes the next keys, as many as there are lanes or left, and says how many.
/// Those of more than `limit` bytes go one by one: the other lanes would run
/// empty for too long.
#[inline]
fn hash_next<const GROUPS: usize, const WIDTH: usize, T: Copy + Default>(
    limit: usize,
    keys: &[&[u8]],
    out: &mut [T],
    one: impl Fn(&[u8]) -> T,
    hash: impl Fn(&Group<'_, WIDTH, GROUPS>, &mut [[T; WIDTH]; GROUPS]),
) -> usize {
    let count = keys.len().min(GROUPS * WIDTH);
    let (keys, out) = (&keys[..count], &mut out[..count]);
    // A short key stands in for those that are too long or missing: an empty one
    // would be the shortest of all, and every step would look for ends.
    let filler = keys.iter().position(|key| key.len() <= limit);
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
            if key.len() <= limit {
                let length = self::length(key);
                *lane = key;
                *slot = length;
                group.shortest = group.shortest.min(length);
                group.longest = group.longest.max(length);
            }
        }
        let mut hashes = [[T::default(); WIDTH]; GROUPS];
        hash(&group, &mut hashes);
        out.copy_from_slice(&hashes.as_flattened()[..count]);
    }
    for (key, out) in keys.iter().zip(out) {
        if key.len() > limit {
            *out = one(key);
        }
    }
    count
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the callers' limits are below 2^31")]
fn length(key: &[u8]) -> u32 {
    key.len() as u32
}
