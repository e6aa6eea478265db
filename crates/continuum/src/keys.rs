//! A batch of keys, borrowed: slices, or bytes and offsets.

use crate::error::{Error, Kind};

/// Keys to resolve in one call, without copying them.
///
/// ```
/// use continuum::Keys;
/// let words = ["a", "bc"];
/// assert_eq!(Keys::from(&words[..]).get(1), b"bc");
/// let packed = Keys::packed(b"abc", &[0, 1, 3])?;
/// assert_eq!(packed.len(), 2);
/// assert_eq!(packed.get(1), b"bc");
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a>(Layout<'a>);

#[derive(Clone, Copy, Debug)]
enum Layout<'a> {
    Slices(&'a [&'a [u8]]),
    Strings(&'a [&'a str]),
    Packed { bytes: &'a [u8], offsets: &'a [u64] },
    Packed32 { bytes: &'a [u8], offsets: &'a [u32] },
    Fixed { bytes: &'a [u8], width: usize, count: usize },
}

impl<'a> Keys<'a> {
    /// Keys that lie behind one another: key i is `bytes[offsets[i]..offsets[i + 1]]`
    /// (Arrow's large layout). O(n) for the check.
    ///
    /// # Errors
    /// The offsets are empty, fall, or end behind the bytes.
    pub fn packed(bytes: &'a [u8], offsets: &'a [u64]) -> Result<Self, Error> {
        let end = offsets.last().and_then(|end| usize::try_from(*end).ok());
        if offsets.is_sorted() && end.is_some_and(|end| end <= bytes.len()) {
            Ok(Self(Layout::Packed { bytes, offsets }))
        } else {
            Err(Self::bad_offsets())
        }
    }

    /// The same with 32-bit offsets (Arrow's usual layout). O(n) for the check.
    ///
    /// # Errors
    /// The offsets are empty, fall, or end behind the bytes.
    pub fn packed32(bytes: &'a [u8], offsets: &'a [u32]) -> Result<Self, Error> {
        let end = offsets.last().map(|end| *end as usize);
        if offsets.is_sorted() && end.is_some_and(|end| end <= bytes.len()) {
            Ok(Self(Layout::Packed32 { bytes, offsets }))
        } else {
            Err(Self::bad_offsets())
        }
    }

    /// Keys of one width behind one another; `bytes` holds a whole number of
    /// them. With width 0 there are no keys.
    ///
    /// # Errors
    /// The bytes are no multiple of the width.
    pub fn fixed(bytes: &'a [u8], width: usize) -> Result<Self, Error> {
        match bytes.len().checked_rem(width) {
            Some(0) => Ok(Self(Layout::Fixed { bytes, width, count: bytes.len() / width })),
            None if bytes.is_empty() => Ok(Self(Layout::Fixed { bytes, width, count: 0 })),
            _ => Err(Error::new(
                Kind::Keys,
                format!("{} bytes are no whole number of keys of {width} bytes", bytes.len()),
            )),
        }
    }

    fn bad_offsets() -> Error {
        Error::new(Kind::Keys, "key offsets must rise and end within the bytes")
    }

    /// How many keys.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.0 {
            Layout::Slices(keys) => keys.len(),
            Layout::Strings(keys) => keys.len(),
            Layout::Packed { offsets, .. } => offsets.len() - 1,
            Layout::Packed32 { offsets, .. } => offsets.len() - 1,
            Layout::Fixed { count, .. } => count,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Key number `index`. Panics when there is none.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "offsets were checked against a slice")]
    pub fn get(&self, index: usize) -> &'a [u8] {
        match self.0 {
            Layout::Slices(keys) => keys[index],
            Layout::Strings(keys) => keys[index].as_bytes(),
            Layout::Packed { bytes, offsets } => {
                &bytes[offsets[index] as usize..offsets[index + 1] as usize]
            }
            Layout::Packed32 { bytes, offsets } => {
                &bytes[offsets[index] as usize..offsets[index + 1] as usize]
            }
            Layout::Fixed { bytes, width, .. } => &bytes[index * width..(index + 1) * width],
        }
    }

    /// `count` keys from number `from` on. Panics when there are fewer.
    #[cfg(feature = "rayon")]
    pub(crate) fn part(&self, from: usize, count: usize) -> Self {
        let to = from + count;
        Self(match self.0 {
            Layout::Slices(keys) => Layout::Slices(&keys[from..to]),
            Layout::Strings(keys) => Layout::Strings(&keys[from..to]),
            Layout::Packed { bytes, offsets } => {
                Layout::Packed { bytes, offsets: &offsets[from..=to] }
            }
            Layout::Packed32 { bytes, offsets } => {
                Layout::Packed32 { bytes, offsets: &offsets[from..=to] }
            }
            Layout::Fixed { bytes, width, .. } => {
                Layout::Fixed { bytes: &bytes[from * width..to * width], width, count }
            }
        })
    }

    /// As many keys as there are places in `out`, from number `from` on. Panics
    /// when there are fewer.
    #[expect(clippy::cast_possible_truncation, reason = "offsets were checked against a slice")]
    pub(crate) fn fill(&self, from: usize, out: &mut [&'a [u8]]) {
        let to = from + out.len();
        match self.0 {
            Layout::Slices(keys) => out.copy_from_slice(&keys[from..to]),
            Layout::Strings(keys) => {
                for (out, key) in out.iter_mut().zip(&keys[from..to]) {
                    *out = key.as_bytes();
                }
            }
            Layout::Packed { bytes, offsets } => {
                for (out, ends) in out.iter_mut().zip(offsets[from..=to].windows(2)) {
                    *out = &bytes[ends[0] as usize..ends[1] as usize];
                }
            }
            Layout::Packed32 { bytes, offsets } => {
                for (out, ends) in out.iter_mut().zip(offsets[from..=to].windows(2)) {
                    *out = &bytes[ends[0] as usize..ends[1] as usize];
                }
            }
            Layout::Fixed { bytes, width, .. } => {
                // Width 0 has no keys, so `out` is empty.
                let keys = bytes[from * width..to * width].chunks_exact(width.max(1));
                for (out, key) in out.iter_mut().zip(keys) {
                    *out = key;
                }
            }
        }
    }
}

impl<'a> From<&'a [&'a [u8]]> for Keys<'a> {
    fn from(keys: &'a [&'a [u8]]) -> Self {
        Self(Layout::Slices(keys))
    }
}

impl<'a> From<&'a [&'a str]> for Keys<'a> {
    fn from(keys: &'a [&'a str]) -> Self {
        Self(Layout::Strings(keys))
    }
}

impl<'a> From<&'a Vec<&'a [u8]>> for Keys<'a> {
    fn from(keys: &'a Vec<&'a [u8]>) -> Self {
        Self(Layout::Slices(keys))
    }
}

impl<'a> From<&'a Vec<&'a str>> for Keys<'a> {
    fn from(keys: &'a Vec<&'a str>) -> Self {
        Self(Layout::Strings(keys))
    }
}

impl<'a, const N: usize> From<&'a [&'a str; N]> for Keys<'a> {
    fn from(keys: &'a [&'a str; N]) -> Self {
        Self(Layout::Strings(keys))
    }
}
