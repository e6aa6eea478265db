//! Keys and names as they are, on a terminal: what it would obey is spelt out.

use std::io::{self, Write};

use crate::words::obeyed;

/// Passes UTF-8 text on with control and direction characters escaped, line
/// breaks and tabs aside. Bytes that are no text become `\xff`.
pub(crate) struct Guard<W> {
    out: W,
    /// The start of a character whose rest is still to come.
    begun: Vec<u8>,
}

impl<W: Write> Guard<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, begun: Vec::new() }
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut safe = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' | '\t' => safe.push(c),
                // As JSON has it, which may be what is shown.
                c if obeyed(c) => {
                    let mut units = [0; 2];
                    let units = c.encode_utf16(&mut units);
                    units.iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
                }
                c => safe.push(c),
            }
        }
        self.out.write_all(safe.as_bytes())
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let all = [&std::mem::take(&mut self.begun), bytes].concat();
        let mut rest = &*all;
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.text(text)?;
                    break;
                }
                Err(error) => {
                    let (valid, after) = rest.split_at(error.valid_up_to());
                    self.text(&String::from_utf8_lossy(valid))?;
                    let Some(broken) = error.error_len() else {
                        self.begun = after.to_vec();
                        break;
                    };
                    let (broken, after) = after.split_at(broken);
                    write!(self.out, "{}", broken.escape_ascii())?;
                    rest = after;
                }
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::Guard;

    #[test]
    fn nothing_is_obeyed_however_it_comes() {
        let text = b"a\tb\n\x1b[31m\r\xe2\x80\xaex\xff\xc3\xa9\xf0\x9f\x98\x80\x7f";
        for size in 1..text.len() {
            let mut guard = Guard::new(Vec::new());
            text.chunks(size).for_each(|piece| guard.write_all(piece).unwrap());
            let shown = String::from_utf8(guard.out).unwrap();
            assert_eq!(shown, "a\tb\n\\u001b[31m\\u000d\\u202ex\\xffé😀\\u007f", "{size}");
        }
    }
}
