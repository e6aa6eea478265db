//! A file's text: read within limits, refused with the line where it is no text.

mod pipe;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use crate::error::Error;
use crate::limits;
use crate::place::Place;

/// A file's name, as it is written in complaints.
#[derive(Clone, Debug)]
pub(crate) struct File(Arc<str>);

impl File {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    pub(crate) fn at(&self, line: u32) -> Place {
        Place::new(Arc::clone(&self.0), line)
    }

    /// The name without folders and ending: the pool's name where the file
    /// itself gives none.
    pub(crate) fn stem(&self) -> &str {
        let name = self.0.rsplit(['/', '\\']).next().unwrap_or(&self.0);
        match name.split_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.0
    }
}

/// The text of a file of at most `most` bytes, without a byte order mark.
pub(crate) fn read_unmarked(path: &Path, file: &File, most: u64) -> Result<String, Error> {
    read(path, file, most).map(unmarked)
}

/// A text without its byte order mark.
pub(crate) fn unmarked(mut text: String) -> String {
    if text.starts_with(MARK) {
        text.drain(..MARK.len_utf8());
    }
    text
}

/// The text of a file of at most `most` bytes.
pub(crate) fn read(path: &Path, file: &File, most: u64) -> Result<String, Error> {
    let refuse = |sentence: String| Error::new(file.at(1), sentence);
    let unreadable = |error: std::io::Error| refuse(unreadable(&error));
    let about = fs::metadata(path).map_err(unreadable)?;
    if about.is_dir() {
        return Err(refuse("is a folder".to_owned()));
    }
    let bytes = if about.is_file() {
        let mut bytes = Vec::new();
        fs::File::open(path)
            .and_then(|open| open.take(most.saturating_add(1)).read_to_end(&mut bytes))
            .map(|_| bytes)
    } else {
        pipe::read(path, most.saturating_add(1))
    };
    let bytes = bytes.map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(too_large(file));
    }
    decode(bytes, file)
}

/// The text that bytes are.
pub(crate) fn decode(bytes: Vec<u8>, file: &File) -> Result<String, Error> {
    let text = String::from_utf8(bytes).or_else(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        without_odd_comments(bytes).ok_or_else(|| {
            let byte = bytes.get(valid).copied().unwrap_or_default();
            let line = line_at(bytes, valid);
            Error::new(file.at(line), format!("byte 0x{byte:02x} is not UTF-8 text"))
        })
    })?;
    check(text, file)
}

/// The text, where all that is not UTF-8 stands in comments: older files have them in
/// Latin-1, and nginx and HAProxy read past them.
fn without_odd_comments(bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (said, comment) = line.split_at(comment_at(line));
        text.push_str(std::str::from_utf8(said).ok()?);
        text.push_str(&String::from_utf8_lossy(comment));
    }
    Some(text)
}

/// Where a comment begins that is one in every format: behind nothing, or behind a blank
/// and no quote.
fn comment_at(line: &[u8]) -> usize {
    let mut before = b' ';
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'#' if before.is_ascii_whitespace() => return at,
            b'"' | b'\'' | b'\\' => break,
            _ => before = *byte,
        }
    }
    line.len()
}

/// A sentence with the system's words, without its number.
pub(crate) fn unreadable(error: &std::io::Error) -> String {
    let text = error.to_string();
    let words = text.split_once(" (os error").map_or(&*text, |(words, _)| words);
    format!("cannot be read: {words}")
}

/// What some editors write in front of a text, and most programs read past.
pub(crate) const MARK: char = '\u{feff}';

/// Refuses what no text file holds.
fn check(text: String, file: &File) -> Result<String, Error> {
    if text.len() as u64 > limits::BYTES {
        return Err(too_large(file));
    }
    let binary = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
    if let Some(at) = text.as_bytes().iter().position(binary) {
        let byte = text.as_bytes()[at];
        let line = line_at(text.as_bytes(), at);
        return Err(Error::new(file.at(line), format!("byte 0x{byte:02x}: this is no text file")));
    }
    Ok(text)
}

fn too_large(file: &File) -> Error {
    let most = limits::BYTES >> 20;
    Error::new(file.at(1), format!("is larger than {most} MiB, the most that is read"))
}

/// The line, from 1, of a byte's place.
pub(crate) fn line_at(bytes: &[u8], at: usize) -> u32 {
    let before = &bytes[..at.min(bytes.len())];
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(lines).unwrap_or(u32::MAX - 1) + 1
}

#[cfg(test)]
mod tests {
    use super::without_odd_comments;

    #[test]
    fn odd_bytes_are_read_past_in_comments_alone() {
        let read = |bytes: &[u8]| without_odd_comments(bytes);
        assert_eq!(
            read(b"# caf\xe9\na 1; # \xff\n").as_deref(),
            Some("# caf\u{fffd}\na 1; # \u{fffd}\n")
        );
        for refused in
            [&b"caf\xe9\n"[..], b"a#\xe9\n", b"\"x #\xe9\"\n", b"a \\#\xe9\n", b"# a\n\xe9"]
        {
            assert_eq!(read(refused), None, "{refused:?}");
        }
    }
}
