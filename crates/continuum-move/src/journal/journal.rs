//! The file: lines are appended, one write each; a line that was cut off by a kill is
//! dropped. It reaches the disk when a machine is done, and else once a second: a power
//! cut may take a second of counts, but no key. Grown large, it is written anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::lines::{Found, Lines, read};
use super::record::{Batch, Done, Head, Record, Round, State};
use crate::error::{Error, reason};

/// Bytes after which the file is written anew.
const LARGE: u64 = 16 << 20;
/// How long a line may wait for the disk.
const SYNC: Duration = Duration::from_secs(1);

/// Where a run records what it did; a dry run records nothing.
pub(crate) struct Journal(Option<Mutex<Inner>>);

struct Inner {
    path: PathBuf,
    file: File,
    written: u64,
    synced: Instant,
    read: Lines,
    /// Why nothing more is written: a line that another run cannot read would hide those
    /// behind it.
    broken: Option<Error>,
}

impl Journal {
    /// None: a dry run.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Opens the journal of this change, or makes it; and what it knows already.
    ///
    /// # Errors
    /// It is another's, damaged, in use, or cannot be read or written.
    pub(crate) fn open(path: &Path, head: &Head, switched: bool) -> Result<(Self, Found), Error> {
        let name = path.display();
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path);
        let file =
            file.map_err(|error| Error::new(format!("cannot open {name}: {}", reason(&error))))?;
        // A device or a pipe may be read for ever, and keeps nothing.
        if !file.metadata().is_ok_and(|about| about.is_file()) {
            return Err(Error::new(format!("{name} is no regular file, as a journal must be")));
        }
        lock(&file, path)?;
        let (mut read, mut length) = read(&file, path)?;
        // Another choice of keys after a run that left nothing to follow: a new journal.
        if let Some(other) = &read.head
            && read.is_over()
            && *head == (Head { picks: head.picks.clone(), ..other.clone() })
        {
            (read, length) = (read.renewed(), 0);
        }
        let fresh = read.head.is_none();
        if let Some(told) = read.head.as_ref().and_then(|other| head.differs(other)) {
            return Err(Error::new(format!(
                "{name} is the journal of another run, {told}: name another file with --journal"
            )));
        }
        if !switched && read.round.as_ref().is_some_and(|round| round.switched) {
            let state = match &read.done {
                Some(_) => "was done already",
                None => "was begun already, and goes on with --switched",
            };
            return Err(Error::new(format!(
                "{name}: the copy after the switch {state}; a copy before another switch needs \
                 another file with --journal"
            )));
        }
        let unwritable =
            |error: &io::Error| Error::new(format!("cannot write {name}: {}", reason(error)));
        // What a kill cut off goes before anything is put behind it.
        file.set_len(length).map_err(|error| unwritable(&error))?;
        let mut inner = Inner {
            path: path.to_owned(),
            file,
            written: length,
            synced: Instant::now(),
            read,
            broken: None,
        };
        io::Seek::seek(&mut inner.file, io::SeekFrom::End(0))
            .map_err(|error| unwritable(&error))?;
        if fresh {
            inner.append(Record::Head(head.clone()), true)?;
        }
        let found = inner.read.clone().found(switched);
        Ok((Self(Some(Mutex::new(inner))), found))
    }

    fn append(&self, record: Record, sync: bool) -> Result<(), Error> {
        let Some(inner) = &self.0 else { return Ok(()) };
        inner.lock().unwrap_or_else(PoisonError::into_inner).append(record, sync)
    }

    /// A run over all machines begins.
    pub(crate) fn round(&self, round: Round) -> Result<(), Error> {
        self.append(Record::Round(round), true)
    }

    /// Before keys are taken.
    pub(crate) fn begin(&self, batch: Batch) -> Result<(), Error> {
        self.append(Record::Begin(batch), false)
    }

    /// How far a machine is.
    pub(crate) fn state(&self, machine: &str, state: &State) -> Result<(), Error> {
        let record = Record::State { machine: machine.to_owned(), state: Box::new(state.clone()) };
        self.append(record, state.finished)
    }

    /// The round is done.
    pub(crate) fn done(&self, done: Done) -> Result<(), Error> {
        self.append(Record::Done(done), true)
    }
}

impl Inner {
    fn append(&mut self, record: Record, sync: bool) -> Result<(), Error> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let mut written = self.write(&record, sync);
        if written.is_ok() {
            self.read.take(record);
            if self.written > LARGE {
                written = self.renew();
            }
        }
        written.map_err(|error| {
            let path = self.path.display();
            let error = Error::new(format!("cannot write {path}: {}", reason(&error)));
            self.broken = Some(error.clone());
            error
        })
    }

    fn write(&mut self, record: &Record, sync: bool) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            // Half a line goes.
            let _ = self.file.set_len(self.written);
            return Err(error);
        }
        self.written += u64::try_from(line.len()).unwrap_or(u64::MAX);
        if sync || self.synced.elapsed() >= SYNC {
            self.file.sync_data()?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// Writes what still counts into a new file, which takes the old one's place.
    fn renew(&mut self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut text = Vec::new();
        for record in self.read.records() {
            serde_json::to_writer(&mut text, &record)?;
            text.push(b'\n');
        }
        new.write_all(&text)?;
        new.as_file().sync_all()?;
        let _ = new.as_file().try_lock();
        let permissions = fs::metadata(&self.path)?.permissions();
        new.as_file().set_permissions(permissions)?;
        self.file = new.persist(&self.path).map_err(|error| error.error)?;
        self.written = u64::try_from(text.len()).unwrap_or(u64::MAX);
        Ok(())
    }
}

fn lock(file: &File, path: &Path) -> Result<(), Error> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Error::new(format!("{} is in use by another run", path.display())))
        }
        // A file system without locks.
        Err(fs::TryLockError::Error(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
