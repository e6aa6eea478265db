//! Batches of keys in bytes and offsets: refused, or each key is where it should be.

use continuum::Keys;

/// Bytes behind offsets of one byte each, of which 255 is far out.
pub fn packed(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let count = usize::from(*count).min(rest.len());
    let (small, bytes) = rest.split_at(count);
    let wide: Vec<u64> =
        small.iter().map(|at| if *at == 255 { u64::MAX } else { u64::from(*at) }).collect();
    let narrow: Vec<u32> =
        small.iter().map(|at| if *at == 255 { u32::MAX } else { u32::from(*at) }).collect();
    let (packed, packed32) = (Keys::packed(bytes, &wide), Keys::packed32(bytes, &narrow));
    assert_eq!(packed.is_ok(), packed32.is_ok());
    if let (Ok(packed), Ok(packed32)) = (packed, packed32) {
        assert_eq!(packed.len(), packed32.len());
        for index in 0..packed.len() {
            let (from, to) = (usize::from(small[index]), usize::from(small[index + 1]));
            assert_eq!(packed.get(index), &bytes[from..to]);
            assert_eq!(packed32.get(index), &bytes[from..to]);
        }
    }
}

/// Bytes in keys of one width.
pub fn fixed(data: &[u8]) {
    let Some((width, bytes)) = data.split_first() else { return };
    let width = usize::from(*width);
    match Keys::fixed(bytes, width) {
        Ok(fixed) => {
            assert_eq!(fixed.len() * width, bytes.len());
            for (index, key) in bytes.chunks(width.max(1)).enumerate() {
                assert_eq!(fixed.get(index), key);
            }
        }
        Err(_) => assert!(!bytes.is_empty() && (width == 0 || !bytes.len().is_multiple_of(width))),
    }
}
