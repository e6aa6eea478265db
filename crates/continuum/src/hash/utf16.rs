//! A key as the UTF-16 code units of the Java string it came from.
//!
//! A key is bytes; where it is not UTF-8 each longest piece that could have begun
//! a character becomes U+FFFD, as `String::from_utf8_lossy` has it.

const REPLACEMENT: u16 = 0xfffd;

/// Folds `step` over the units in order.
#[inline]
pub(crate) fn fold<T>(key: &[u8], start: T, mut step: impl FnMut(T, u16) -> T) -> T {
    if key.is_ascii() {
        return key.iter().fold(start, |state, &byte| step(state, u16::from(byte)));
    }
    let mut state = start;
    for chunk in key.utf8_chunks() {
        state = chunk.valid().encode_utf16().fold(state, &mut step);
        if !chunk.invalid().is_empty() {
            state = step(state, REPLACEMENT);
        }
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_the_lossy_string() {
        for key in [
            &b""[..],
            b"plain",
            "Gr\u{fc}\u{df}e \u{65e5}\u{672c} \u{1f600}!".as_bytes(),
            b"\xff\xfe",
            b"cut \xf0\x9f\x98",
            b"cut \xf0\x9f\x98 short",
            b"overlong \xc0\xaf, surrogate \xed\xa0\x80, beyond \xf4\x90\x80\x80",
        ] {
            let units = fold(key, Vec::new(), |mut units, unit| {
                units.push(unit);
                units
            });
            let want: Vec<u16> = String::from_utf8_lossy(key).encode_utf16().collect();
            assert_eq!(units, want, "{key:?}");
        }
    }
}
