//! Hashes that take a key byte by byte, in safe code: four keys interleaved, so that
//! one's product is made while the others' are waited for.

/// Keys hashed at once: more would not fit in the registers.
const LANES: usize = 4;

/// Folds `step` over four keys; where the shortest has ended, one by one.
#[inline]
fn fold<T: Copy>(keys: &[&[u8]; LANES], start: T, step: impl Fn(T, u8) -> T) -> [T; LANES] {
    let shortest = keys.iter().map(|key| key.len()).min().unwrap_or(0);
    let [a, b, c, d] = keys.map(|key| key.split_at(shortest));
    let mut hashes = [start; LANES];
    for (((&a, &b), &c), &d) in a.0.iter().zip(b.0).zip(c.0).zip(d.0) {
        hashes[0] = step(hashes[0], a);
        hashes[1] = step(hashes[1], b);
        hashes[2] = step(hashes[2], c);
        hashes[3] = step(hashes[3], d);
    }
    for (hash, rest) in hashes.iter_mut().zip([a.1, b.1, c.1, d.1]) {
        *hash = rest.iter().fold(*hash, |hash, &byte| step(hash, byte));
    }
    hashes
}

/// The hashes of many keys: `step` over the bytes, then `finish`. Both slices are of
/// one length.
#[inline]
pub(super) fn all<T: Copy>(
    keys: &[&[u8]],
    out: &mut [T],
    start: T,
    step: impl Fn(T, u8) -> T,
    finish: impl Fn(T) -> T,
) {
    let (fours, rest) = keys.as_chunks::<LANES>();
    let (outs, rest_out) = out.as_chunks_mut::<LANES>();
    for (keys, out) in fours.iter().zip(outs) {
        *out = fold(keys, start, &step).map(&finish);
    }
    for (key, out) in rest.iter().zip(rest_out) {
        *out = finish(key.iter().fold(start, |hash, &byte| step(hash, byte)));
    }
}
