//! A complaint whose file is not yet known: what readers of one file raise.

use crate::error::Error;
use crate::source::File;

/// A line and a sentence.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) line: u32,
    pub(crate) sentence: String,
}

impl Fault {
    pub(crate) fn new(line: u32, sentence: impl Into<String>) -> Self {
        Self { line, sentence: sentence.into() }
    }

    pub(crate) fn within(self, file: &File) -> Error {
        Error::new(file.at(self.line), self.sentence)
    }
}
