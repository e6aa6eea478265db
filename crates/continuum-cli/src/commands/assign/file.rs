//! A table's file: JSON or binary, written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use continuum::assignment::Assignment;

use crate::failure::Failure;

/// In which form a table is stored.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Json,
    Binary,
}

impl Form {
    /// What a file's name asks for.
    pub(super) fn of(file: &Path) -> Self {
        match file.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("json") => Self::Json,
            _ => Self::Binary,
        }
    }
}

/// Reads either form, whatever the file's name.
pub(super) fn read(file: &Path) -> Result<(Assignment, Form), Failure> {
    let bytes = fs::read(file).map_err(|error| Failure::unreadable(file, &error))?;
    let refuse = |why: String| Failure::refused(format!("{}: {why}", file.display()));
    if bytes.first().is_some_and(|byte| *byte == b'{' || byte.is_ascii_whitespace()) {
        let read = serde_json::from_slice(&bytes)
            .map_err(|error| refuse(format!("as JSON this is no assignment: {error}")))?;
        return Ok((read, Form::Json));
    }
    let read = Assignment::from_bytes(&bytes).map_err(|error| refuse(error.to_string()))?;
    Ok((read, Form::Binary))
}

/// Writes beside the file, then takes its place: a crash leaves the old or the
/// new table, never half of one.
pub(super) fn write(file: &Path, assignment: &Assignment, form: Form) -> Result<(), Failure> {
    let bytes = match form {
        Form::Binary => assignment.to_bytes(),
        Form::Json => {
            let mut text = serde_json::to_vec(assignment).map_err(Failure::refused)?;
            text.push(b'\n');
            text
        }
    };
    let mut name = OsString::from(file);
    name.push(".new");
    let beside = PathBuf::from(name);
    let written = (|| -> io::Result<()> {
        let mut new = File::create(&beside)?;
        new.write_all(&bytes)?;
        new.sync_all()?;
        fs::rename(&beside, file)
    })();
    written.map_err(|error| {
        // What could not be written shall not lie about; nor would a failure
        // here say more than the one before.
        let _ = fs::remove_file(&beside);
        Failure::unwritable(file, &error)
    })
}
