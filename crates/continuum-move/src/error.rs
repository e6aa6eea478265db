//! Why nothing is moved, in one sentence.

use std::fmt;

/// A sentence for people; it never holds a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    sentence: Box<str>,
    strayed: bool,
}

impl Error {
    pub(crate) fn new(sentence: impl Into<Box<str>>) -> Self {
        Self { sentence: sentence.into(), strayed: false }
    }

    /// The servers do not follow the map that they were said to follow.
    pub(crate) fn strayed(sentence: impl Into<Box<str>>) -> Self {
        Self { sentence: sentence.into(), strayed: true }
    }

    /// Whether the servers answered, and hold keys that lie elsewhere than the old
    /// map says: a finding, where all else is a refusal.
    #[must_use]
    pub fn is_strayed(&self) -> bool {
        self.strayed
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Error {}

/// The system's words without its number.
pub(crate) fn reason(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        // Which of the two a deadline gives depends on the system.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "no answer in time".to_owned(),
        ErrorKind::UnexpectedEof => "the connection was closed".to_owned(),
        _ => {
            let text = error.to_string();
            let words = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words);
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_lowercase().chain(letters).collect::<String>()
            })
        }
    }
}
