//! A batch answers as its keys do one at a time, however they are stored and whatever
//! instructions this CPU has.

use std::sync::LazyLock;

use continuum::{Continuum, Keys, NO_OWNER};

use crate::{catalogue, sets};

static LEVELS: LazyLock<Vec<&'static str>> = LazyLock::new(continuum::bench::levels);

/// Scheme, servers, level, how many keys and of which lengths; then the bytes of the keys,
/// which overlap.
pub fn run(data: &[u8]) {
    let Some(([low, high, shape, level, count, lengths], bytes)) = data.split_first_chunk() else {
        return;
    };
    let scheme = u16::from_le_bytes([*low, *high]);
    let Some(continuum) = catalogue::continuum(scheme, *shape) else { return };
    assert!(continuum::bench::limit(Some(LEVELS[usize::from(*level) % LEVELS.len()])));
    let count = usize::from(*count % 80);
    let keys: Vec<&[u8]> = (0..count)
        .map(|index| {
            let from = (index * 7) % bytes.len().max(1);
            let length = match (*lengths, bytes.get(index)) {
                (128.., _) | (_, None) => lengths % 128,
                (_, Some(byte)) => byte % 48,
            };
            let to = bytes.len().min(from + usize::from(length));
            bytes.get(from..to).unwrap_or_default()
        })
        .collect();
    agree(&continuum, &keys);
}

/// Slices, packed with offsets of both widths, and of one width.
pub(crate) fn agree(continuum: &Continuum, keys: &[&[u8]]) {
    let single = |key: &[u8]| continuum.resolve_index(key).unwrap_or(NO_OWNER);
    let wanted: Vec<u32> = keys.iter().map(|key| single(key)).collect();
    assert!(wanted.iter().all(|owner| {
        continuum
            .servers()
            .get(*owner)
            .map_or(*owner == NO_OWNER, |server| sets::counts(continuum.scheme(), server))
    }));
    let mut owners = vec![7; keys.len()];
    continuum.resolve_all(keys, &mut owners);
    assert_eq!(owners, wanted, "{}: slices", continuum.scheme());
    let packed = keys.concat();
    let mut ends = vec![0_u64];
    for key in keys {
        ends.push(ends[ends.len() - 1] + key.len() as u64);
    }
    owners.fill(7);
    continuum.resolve_all(Keys::packed(&packed, &ends).unwrap(), &mut owners);
    assert_eq!(owners, wanted, "{}: packed", continuum.scheme());
    let narrow: Vec<u32> = ends.iter().map(|end| u32::try_from(*end).unwrap()).collect();
    owners.fill(7);
    continuum.resolve_all(Keys::packed32(&packed, &narrow).unwrap(), &mut owners);
    assert_eq!(owners, wanted, "{}: packed, offsets of 32 bits", continuum.scheme());
    let width = keys.get(keys.len() / 2).map_or(1, |key| key.len().max(1));
    let fixed = &packed[..packed.len().min(40 * width) / width * width];
    let wanted: Vec<u32> = fixed.chunks(width).map(single).collect();
    let mut owners = vec![7; wanted.len()];
    continuum.resolve_all(Keys::fixed(fixed, width).unwrap(), &mut owners);
    assert_eq!(owners, wanted, "{}: of {width} bytes each", continuum.scheme());
}
