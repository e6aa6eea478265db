//! The file: lines are appended, one write each; a line that was cut off by a kill is
//! dropped. It reaches the disk when a machine is done, and else once a second: a power
//! cut may take a second of counts, but no key. Grown large, it is written anew.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::record::{Base, Batch, Head, Marks, Record, State};
use crate::error::{Error, reason};

/// Bytes after which the file is written anew.
const LARGE: u64 = 16 << 20;
/// Bytes of a line: no run writes as many.
const LONGEST: u64 = 64 << 20;
/// How long a line may wait for the disk.
const SYNC: Duration = Duration::from_secs(1);

/// Where a run records what it did; a dry run records nothing.
pub(crate) struct Journal(Option<Mutex<Inner>>);

struct Inner {
    path: PathBuf,
    file: File,
    written: u64,
    synced: Instant,
    read: Read,
}

/// Everything that the lines say.
#[derive(Clone, Debug, Default)]
struct Read {
    head: Option<Head>,
    round: Option<(bool, Marks, Option<Base>)>,
    done: Option<Option<Base>>,
    states: BTreeMap<String, State>,
    open: BTreeMap<String, Batch>,
}

/// A journal and what it knows already.
pub(crate) struct Opened {
    pub(crate) journal: Journal,
    pub(crate) states: BTreeMap<String, State>,
    pub(crate) open: BTreeMap<String, Batch>,
    /// A round was begun and not done: it goes on.
    pub(crate) resumed: bool,
    /// The marks at the start of the round that goes on.
    pub(crate) marks: Marks,
    /// What the round starts from.
    pub(crate) base: Option<Base>,
}

impl Read {
    fn take(&mut self, record: Record) {
        match record {
            Record::Head(head) => self.head = Some(head),
            Record::Round { switched, marks, base } => {
                self.states.clear();
                self.open.clear();
                self.done = None;
                self.round = Some((switched, marks, base));
            }
            Record::Begin(batch) => {
                self.open.insert(batch.machine.clone(), batch);
            }
            Record::State { machine, state } => {
                self.open.remove(&machine);
                self.states.insert(machine, *state);
            }
            Record::Done { base } => self.done = Some(base),
        }
    }

    /// The records that say the same.
    fn records(&self) -> Vec<Record> {
        let mut records: Vec<Record> = self.head.iter().cloned().map(Record::Head).collect();
        if let Some((switched, marks, base)) = self.round.clone() {
            records.push(Record::Round { switched, marks, base });
        }
        let states = self.states.iter();
        records.extend(states.map(|(machine, state)| Record::State {
            machine: machine.clone(),
            state: Box::new(state.clone()),
        }));
        records.extend(self.open.values().cloned().map(Record::Begin));
        records.extend(self.done.clone().map(|base| Record::Done { base }));
        records
    }
}

impl Journal {
    /// None: a dry run.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Opens the journal of this change, or makes it.
    ///
    /// # Errors
    /// It is another's, damaged, in use, or cannot be read or written.
    pub(crate) fn open(path: &Path, head: &Head, switched: bool) -> Result<Opened, Error> {
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
        let (read, length) = read(&file, path)?;
        let fresh = read.head.is_none();
        if let Some(other) = &read.head
            && other != head
        {
            let Head { verb, old, new, .. } = other;
            return Err(Error::new(format!(
                "{name} is the journal of another run, {verb} from map {old} to {new}, and this is \
                 {} from {} to {}: name another file with --journal",
                head.verb, head.old, head.new
            )));
        }
        let unwritable =
            |error: &io::Error| Error::new(format!("cannot write {name}: {}", reason(error)));
        // What a kill cut off goes before anything is put behind it.
        file.set_len(length).map_err(|error| unwritable(&error))?;
        let mut inner =
            Inner { path: path.to_owned(), file, written: length, synced: Instant::now(), read };
        io::Seek::seek(&mut inner.file, io::SeekFrom::End(0))
            .map_err(|error| unwritable(&error))?;
        if fresh {
            inner.append(Record::Head(head.clone()), true)?;
        }
        let Read { round, done, states, open, .. } = inner.read.clone();
        let (resumed, marks, base) = match (round, done) {
            (Some((same, marks, base)), None) if same == switched => (true, marks, base),
            // Cut off before the switch: what it started from still holds.
            (Some((false, _, base)), None) => (false, Marks::new(), base),
            // After the switch there is nothing to follow any more.
            (Some((false, ..)), Some(base)) => (false, Marks::new(), base),
            _ => (false, Marks::new(), None),
        };
        let (states, open) = if resumed { (states, open) } else { Default::default() };
        Ok(Opened { journal: Self(Some(Mutex::new(inner))), states, open, resumed, marks, base })
    }

    fn append(&self, record: Record, sync: bool) -> Result<(), Error> {
        let Some(inner) = &self.0 else { return Ok(()) };
        inner.lock().unwrap_or_else(PoisonError::into_inner).append(record, sync)
    }

    /// A run over all machines begins.
    pub(crate) fn round(
        &self,
        switched: bool,
        marks: &Marks,
        base: Option<&Base>,
    ) -> Result<(), Error> {
        let record = Record::Round { switched, marks: marks.clone(), base: base.cloned() };
        self.append(record, true)
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
    pub(crate) fn done(&self, base: Option<Base>) -> Result<(), Error> {
        self.append(Record::Done { base }, true)
    }
}

impl Inner {
    fn append(&mut self, record: Record, sync: bool) -> Result<(), Error> {
        self.write(&record, sync).map_err(|error| {
            Error::new(format!("cannot write {}: {}", self.path.display(), reason(&error)))
        })?;
        self.read.take(record);
        if self.written > LARGE {
            self.renew().map_err(|error| {
                Error::new(format!("cannot write {}: {}", self.path.display(), reason(&error)))
            })?;
        }
        Ok(())
    }

    fn write(&mut self, record: &Record, sync: bool) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
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

/// What the lines say, and where the last whole one ends.
fn read(file: &File, path: &Path) -> Result<(Read, u64), Error> {
    let name = path.display();
    let mut lines = BufReader::new(file);
    let (mut read, mut length, mut line) = (Read::default(), 0_u64, Vec::new());
    for number in 1_u64.. {
        line.clear();
        lines
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::new(format!("cannot read {name}: {}", reason(&error))))?;
        let whole = line.last() == Some(&b'\n');
        if line.len() as u64 == LONGEST {
            return Err(Error::new(format!("{name}:{number}: this line is damaged")));
        }
        // Nothing is written behind a line that was cut off.
        if !whole && (number > 1 || line.is_empty()) {
            break;
        }
        let record = serde_json::from_slice::<Record>(&line);
        match (record, &read.head) {
            (Ok(Record::Head(head)), None) if head.continuum_move != super::record::FORM => {
                return Err(Error::new(format!(
                    "{name} is a journal of form {}, and this program writes form {}",
                    head.continuum_move,
                    super::record::FORM
                )));
            }
            (Ok(record @ Record::Head(_)), None) if whole => read.take(record),
            (_, None) => {
                return Err(Error::new(format!(
                    "{name} is there and no journal of continuum move"
                )));
            }
            (Ok(Record::Head(_)) | Err(_), Some(_)) => {
                return Err(Error::new(format!("{name}:{number}: this line is damaged")));
            }
            (Ok(record), Some(_)) => read.take(record),
        }
        length += u64::try_from(line.len()).unwrap_or(u64::MAX);
    }
    Ok((read, length))
}

#[cfg(test)]
mod tests;
