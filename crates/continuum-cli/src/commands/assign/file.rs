//! A table's file: JSON or binary, written whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use continuum::assignment::Assignment;

use super::lock::{Lock, target};
use crate::failure::Failure;
use crate::input;

/// The largest file of a table that is read, and so the largest that is written.
const MOST: u64 = 2 << 30;

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
    let begins = |start: &[u8]| {
        let first = start.trim_ascii_start().first();
        first.is_none_or(|byte| [b'{', 0x89].contains(byte))
    };
    let refuse = |why: String| Failure::refused(format!("{}: {why}", file.display()));
    let bytes = input::read_if(file, MOST, begins)?
        .ok_or_else(|| refuse("this is not an assignment, neither JSON nor binary".to_owned()))?;
    if bytes.first().is_some_and(|byte| *byte == b'{' || byte.is_ascii_whitespace()) {
        let read = serde_json::from_slice(&bytes)
            .map_err(|error| refuse(format!("not an assignment as JSON: {error}")))?;
        return Ok((read, Form::Json));
    }
    let read = Assignment::from_bytes(&bytes).map_err(|error| refuse(error.to_string()))?;
    Ok((read, Form::Binary))
}

/// Puts a table where there is none; false if there is one.
pub(super) fn create(named: &Path, table: &Assignment, form: Form) -> Result<bool, Failure> {
    let created = (|| {
        let file = target(named)?;
        if file.exists() {
            return Ok(false);
        }
        let beside = write_beside(&file, &bytes(table, form)?, None)?;
        // Unlike a rename, a link fails where another process was faster.
        let linked = fs::hard_link(&beside, &file);
        fs::remove_file(&beside)?;
        match linked {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            linked => linked?,
        }
        sync_folder(&file)?;
        Ok(true)
    })();
    created.map_err(|error| Failure::unwritable(named, &error))
}

/// Writes beside the table, then takes its place: a crash leaves the old or the
/// new table, never half of one. Its mode and its owner stay.
pub(super) fn replace(lock: &Lock, table: &Assignment, form: Form) -> Result<(), Failure> {
    let file = lock.file();
    let replaced = (|| {
        remove_left_over(file);
        let about = lock.metadata()?;
        // A device or a pipe keeps no table, and must not become a file.
        if !about.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        let beside = write_beside(file, &bytes(table, form)?, Some(&about))?;
        fs::rename(&beside, file).inspect_err(|_| drop(fs::remove_file(&beside)))?;
        sync_folder(file)
    })();
    replaced.map_err(|error| Failure::unwritable(lock.named(), &error))
}

fn bytes(table: &Assignment, form: Form) -> io::Result<Vec<u8>> {
    let bytes = match form {
        Form::Binary => table.to_bytes(),
        Form::Json => super::json::write(table)?,
    };
    if bytes.len() as u64 <= MOST {
        return Ok(bytes);
    }
    let of = match form {
        Form::Binary => "",
        Form::Json => " as JSON: give the file a name that does not end in .json",
    };
    Err(io::Error::other(format!("the table takes more than {} MiB{of}", MOST >> 20)))
}

/// A file of a name that nobody else has, in the same folder.
fn write_beside(file: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<PathBuf> {
    for number in 0_u32.. {
        let name = [&beginning(file), OsStr::new(&format!("{}-{number}.tmp", std::process::id()))]
            .into_iter()
            .collect::<OsString>();
        let beside = file.with_file_name(name);
        let mut new = match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            new => new?,
        };
        let written = (|| {
            if let Some(like) = like {
                keep_owner(&new, like)?;
                new.set_permissions(like.permissions())?;
            }
            new.write_all(bytes)?;
            new.sync_all()
        })();
        // What could not be written must not stay; a failure here would say no
        // more than the one before.
        return written.map(|()| beside.clone()).inspect_err(|_| drop(fs::remove_file(&beside)));
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// How names of files beside the table begin.
fn beginning(file: &Path) -> OsString {
    [OsStr::new("."), file.file_name().unwrap_or_default(), OsStr::new(".")].into_iter().collect()
}

/// Takes away what a process that was killed left beside the table. Who holds the
/// lock is the only one that writes there.
fn remove_left_over(file: &Path) {
    let begins = beginning(file);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(folder.unwrap_or(Path::new("."))) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let rest = name.as_encoded_bytes().strip_prefix(begins.as_encoded_bytes());
        let ours = rest.and_then(|rest| rest.strip_suffix(b".tmp")).is_some_and(|rest| {
            !rest.is_empty() && rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')
        });
        if ours {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn keep_owner(new: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let made = new.metadata()?;
    if (made.uid(), made.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(new, Some(like.uid()), Some(like.gid())).map_err(|error| {
        io::Error::new(
            error.kind(),
            "its owner and group could not be kept: Operation not permitted",
        )
    })
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A rename is on disk when the folder is.
#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
