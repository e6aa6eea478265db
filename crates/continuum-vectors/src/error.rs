//! Why a file cannot be read as recorded answers.

use std::fmt;
use std::path::Path;

/// A sentence that names the file, and the set within it.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    pub(crate) fn in_file(path: &Path, why: impl fmt::Display) -> Self {
        Self(format!("{}: {why}", path.display()))
    }

    pub(crate) fn in_set(path: &Path, set: &str, why: impl fmt::Display) -> Self {
        Self(format!("{}: set '{set}': {why}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
