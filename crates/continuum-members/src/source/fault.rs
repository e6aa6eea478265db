//! Why a source gave no answer.

use std::fmt;
use std::io;

/// One sentence for people, which names the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(Box<str>);

impl Fault {
    /// What went wrong at this source.
    #[must_use]
    pub fn new(source: &str, sentence: impl fmt::Display) -> Self {
        Self(format!("{source}: {sentence}").into())
    }

    /// A sentence that names the source by itself.
    pub(crate) fn whole(sentence: impl fmt::Display) -> Self {
        Self(sentence.to_string().into())
    }

    /// What the system says, without its number.
    pub(crate) fn io(source: &str, error: &io::Error) -> Self {
        use io::ErrorKind;
        match error.kind() {
            // Which of the two a deadline gives depends on the system.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::new(source, "no answer in time"),
            ErrorKind::UnexpectedEof => Self::new(source, "the connection was closed"),
            _ => {
                let text = error.to_string();
                let words = text.split_once(" (os error").map_or(&*text, |(words, _)| words);
                Self::new(source, words)
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}
