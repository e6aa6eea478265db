//! Keys as text on one line.

use std::fmt::Write as _;

/// A key's bytes as printable text: what is no UTF-8, and what a line or a terminal
/// would obey, as `\xff`, `\t`, `\n`; a backslash as two.
///
/// ```
/// assert_eq!(continuum_move::escaped("naïve\tkey\\".as_bytes()), r"naïve\tkey\\");
/// assert_eq!(continuum_move::escaped(b"\xff\0"), r"\xff\x00");
/// ```
#[must_use]
pub fn escaped(key: &[u8]) -> String {
    let mut text = String::with_capacity(key.len());
    for chunk in key.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\\' => text.push_str(r"\\"),
                '\t' => text.push_str(r"\t"),
                '\n' => text.push_str(r"\n"),
                '\r' => text.push_str(r"\r"),
                // Writing to a String cannot fail.
                letter if letter.is_control() && letter.is_ascii() => {
                    let _ = write!(text, "\\x{:02x}", u32::from(letter));
                }
                letter if letter.is_control() => {
                    letter.to_string().bytes().for_each(|byte| {
                        let _ = write!(text, "\\x{byte:02x}");
                    });
                }
                letter => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
