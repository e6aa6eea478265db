//! A file that one test has for itself, whatever else runs beside it.

use std::ffi::OsStr;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A file in a folder of its own, which goes when this does.
pub(crate) struct Scratch {
    file: PathBuf,
    _folder: TempDir,
}

/// A file of this name, with this content.
pub(crate) fn scratch(name: &str, content: &[u8]) -> Scratch {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    Scratch { file, _folder: folder }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.file
    }
}

/// Of a reference alone: given away as an argument, the file would be gone before
/// the program starts.
impl AsRef<OsStr> for &Scratch {
    fn as_ref(&self) -> &OsStr {
        self.file.as_os_str()
    }
}

impl AsRef<Path> for &Scratch {
    fn as_ref(&self) -> &Path {
        &self.file
    }
}
