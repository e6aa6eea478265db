//! Marks of templates, which no program that is read here fills in: Go's, Jinja's,
//! Mustache's and ERB's.
//!
//! Read past, a loop would be one server and a condition always true, so a file with a mark
//! is refused. A mark in quotes or in a comment is text.

use crate::error::Error;
use crate::source::File;

/// The mark that a text begins with.
pub(crate) fn at(text: &str) -> Option<&'static str> {
    let blank = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
    // A format of HAProxy's logs may have `{%[src]}` and `<%ci>`.
    let follows = |mark: &str, signs: &[char]| {
        text.strip_prefix(mark).is_some_and(|rest| blank(rest) || rest.starts_with(signs))
    };
    if text.starts_with("{{") {
        Some("{{")
    } else if follows("{%", &['-', '+']) {
        Some("{%")
    } else if follows("<%", &['=', '-', '#']) {
        Some("<%")
    } else {
        None
    }
}

/// The complaint about a mark.
pub(crate) fn sentence(mark: &str) -> String {
    format!("'{mark}': this is a template; give the file that is made of it")
}

/// Refuses a text whose first line that says something begins with a mark: no format does.
///
/// `ours`: whether anything else tells that it is a file of a program that is read here.
pub(crate) fn check_first(
    text: &str,
    file: &File,
    ours: impl FnOnce() -> bool,
) -> Result<(), Error> {
    let mut lines = (1_u32..).zip(text.lines().map(str::trim_start));
    let first = lines.find(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let Some((number, mark)) = first.and_then(|(number, line)| Some((number, at(line)?))) else {
        return Ok(());
    };
    let (place, sentence) = (file.at(number), sentence(mark));
    Err(if ours() { Error::new(place, sentence) } else { Error::foreign(place, sentence) })
}

/// Refuses a text with a mark anywhere, outside of quotes, which end with their line, and
/// of comments, which `#` begins.
pub(crate) fn check(text: &str, file: &File) -> Result<(), Error> {
    for (number, line) in (1_u32..).zip(text.lines()) {
        if let Some(mark) = in_line(line) {
            return Err(Error::new(file.at(number), sentence(mark)));
        }
    }
    Ok(())
}

fn in_line(line: &str) -> Option<&'static str> {
    // Nearly every line has none.
    if !["{{", "{%", "<%"].iter().any(|mark| line.contains(mark)) {
        return None;
    }
    let mut quote = None;
    let mut letters = line.char_indices();
    while let Some((start, letter)) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => {
                letters.next();
            }
            (letter, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(letter),
            ('#', None) => return None,
            _ => {
                if let Some(mark) = line.get(start..).and_then(at) {
                    return Some(mark);
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
