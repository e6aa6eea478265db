//! Whether two names lead to one file: what is read must not be what is written.

use std::fs::{self, Metadata};
use std::path::Path;

use crate::failure::Failure;

/// Refuses a file to be written that one of these leads to as well.
pub(crate) fn refuse_input<'a>(
    output: &Path,
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    let Some(written) = fs::metadata(output).ok().filter(Metadata::is_file) else {
        return Ok(());
    };
    for input in inputs {
        if fs::metadata(input).is_ok_and(|read| same(&written, &read)) {
            return Err(Failure::refused(format!(
                "{} is read, and would be written over: give another file to write to",
                output.display()
            )));
        }
    }
    Ok(())
}

#[cfg(unix)]
pub(crate) fn same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
pub(crate) fn same(one: &Metadata, other: &Metadata) -> bool {
    (one.created().ok(), one.modified().ok(), one.len())
        == (other.created().ok(), other.modified().ok(), other.len())
}
