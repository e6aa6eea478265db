//! One process at a time changes a table.

use std::fs::{self, File, Metadata, TryLockError};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::input::same;
use crate::talk;

/// The system's lock on a table. It ends with the process, however that ends.
pub(super) struct Lock {
    /// The table as it was named, and the file that the name leads to.
    named: PathBuf,
    file: PathBuf,
    held: File,
}

impl Lock {
    /// Waits for whoever has it, and says so; refuses instead if it must not wait.
    pub(super) fn take(named: &Path, wait: bool) -> Result<Self, Failure> {
        let unreadable = |error| Failure::unreadable(named, &error);
        let mut told = false;
        loop {
            let file = target(named).map_err(unreadable)?;
            let held = File::open(&file).map_err(unreadable)?;
            match held.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if !wait => {
                    let named = named.display();
                    let why =
                        format!("another process is changing {named}, and --no-wait is given");
                    return Err(Failure::refused(why));
                }
                Err(TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut told, true) {
                        let named = named.display();
                        talk::note(&format!(
                            "waiting for another process that is changing {named}"
                        ));
                    }
                    held.lock().map_err(unreadable)?;
                }
                Err(TryLockError::Error(error)) => return Err(unreadable(error)),
            }
            // Whoever had it put another file in its place: the lock is that file's.
            let about = held.metadata().map_err(unreadable)?;
            if fs::metadata(&file).is_ok_and(|now| same(&about, &now)) {
                return Ok(Self { named: named.to_owned(), file, held });
            }
        }
    }

    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    pub(super) fn metadata(&self) -> std::io::Result<Metadata> {
        self.held.metadata()
    }
}

/// Where a name leads: a link stays a link, what it names is replaced.
pub(super) fn target(named: &Path) -> std::io::Result<PathBuf> {
    let mut file = named.to_owned();
    // As many links as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&file) {
            Ok(link) => file = file.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => return Ok(file),
        }
    }
    Err(std::io::Error::other("too many levels of symbolic links"))
}
