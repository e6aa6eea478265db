//! Keys with the sizes of their values, read as a whole: plans go over them
//! more than once.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use super::log::Pattern;
use super::split_keys;
use crate::args;
use crate::failure::Failure;
use crate::talk;

/// Keys and sizes.
pub(crate) struct Workload {
    text: Vec<u8>,
    /// Where each key stands in the text, and its size.
    keys: Vec<(usize, usize, u64)>,
    sized: bool,
}

impl Workload {
    /// Reads what --keys names, if it is given.
    pub(crate) fn read(args: &args::Workload, quiet: bool) -> Result<Option<Self>, Failure> {
        let Some(file) = &args.keys else { return Ok(None) };
        // A wrong expression is told before a long file is read.
        let pattern = Pattern::of(args)?;
        let (name, text) = if file == Path::new("-") {
            let mut text = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut text);
            (Path::new("stdin"), read.map(|_| text))
        } else {
            (&**file, fs::read(file))
        };
        let text = text.map_err(|error| Failure::unreadable(name, &error))?;
        let workload = match pattern {
            Some(pattern) => Self::log(text, &pattern, name, quiet)?,
            None => Self::lines(text, name)?,
        };
        if workload.keys.is_empty() {
            return Err(Failure::refused(format!("{}: there is no key in it", name.display())));
        }
        Ok(Some(workload))
    }

    fn lines(text: Vec<u8>, name: &Path) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        let (mut from, mut sized, mut plain) = (0, None, None);
        for (number, line) in (1..).zip(lines(&text)) {
            let key = match memchr::memchr(b'\t', line) {
                Some(tab) => {
                    sized = sized.or(Some(number));
                    let size = whole(&line[tab + 1..]).ok_or_else(|| {
                        Failure::refused(format!(
                            "{}:{number}: '{}' behind the tab is no size in bytes",
                            name.display(),
                            line[tab + 1..].escape_ascii()
                        ))
                    })?;
                    (from, from + tab, size)
                }
                None => {
                    plain = plain.or(Some(number));
                    (from, from + line.len(), 0)
                }
            };
            keys.push(key);
            from += line.len() + 1;
        }
        if let (Some(_), Some(plain)) = (sized, plain) {
            return Err(Failure::refused(format!(
                "{}:{plain}: a key without a size among keys with one",
                name.display()
            )));
        }
        Ok(Self { text, keys, sized: sized.is_some() })
    }

    fn log(text: Vec<u8>, pattern: &Pattern, name: &Path, quiet: bool) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        let (mut from, mut other, mut all) = (0, 0_u64, 0_u64);
        for line in lines(&text) {
            all += 1;
            match pattern.key(line) {
                Some((key, size)) => keys.push((from + key.start, from + key.end, size)),
                None => other += 1,
            }
            from += line.len() + 1;
        }
        if keys.is_empty() && all > 0 {
            return Err(Failure::refused(format!(
                "{}: none of {all} lines is of this log format",
                name.display()
            )));
        }
        if other > 0 && !quiet {
            talk::warning(format!(
                "{}: {other} of {all} lines are not of this log format and were left out",
                name.display()
            ));
        }
        Ok(Self { text, keys, sized: pattern.sized() })
    }

    /// Each key with its size.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.keys.iter().map(|(from, to, size)| (&self.text[*from..*to], *size))
    }

    /// Whether sizes are known.
    pub(crate) fn sized(&self) -> bool {
        self.sized
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    split_keys(text, b'\n').filter(|_| !text.is_empty())
}

/// Digits only.
fn whole(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}
