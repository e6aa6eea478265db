//! The files that words of the command line name, in their order.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A word is a file, or else a pattern of `*`, `?` and `[…]` whose files come in the order
/// of their names.
pub(crate) fn files(words: &[OsString]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for word in words {
        let path = Path::new(word);
        match word.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists()) {
            Some(pattern) => found.extend(matching(pattern)?),
            None => found.push(path.to_owned()),
        }
    }
    match found.is_empty() {
        true => {
            Err(Failure::refused("--append is for files: name tables of Parquet or of Arrow's IPC"))
        }
        false => Ok(found),
    }
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let shown = pattern.escape_debug();
    let paths = glob::glob(pattern)
        .map_err(|error| Failure::refused(format!("the pattern '{shown}': {error}")))?;
    let mut found = Vec::new();
    for path in paths {
        let path = path.map_err(|error| Failure::unreadable(error.path(), error.error()))?;
        if path.is_file() {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(Failure::refused(format!("no file matches '{shown}'")));
    }
    Ok(found)
}
