//! Keys with the sizes of their values. A file is read anew for each pass, so that
//! none is held; what can be read once only is kept.

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::forms::{Csv, KeyReader, Lines, Ndjson};
use super::log::Pattern;
use super::source;
use crate::args::{self, InputForm};
use crate::failure::Failure;
use crate::talk;

/// Bytes of a pipe that are kept.
const LARGEST: u64 = 1 << 30;

/// A key, and the size of its value where it is known.
type Entry<'l> = (&'l [u8], Option<u64>);

/// Keys and sizes.
pub(crate) struct Workload {
    name: PathBuf,
    /// What a pipe gave; a file is opened again.
    kept: Option<Vec<u8>>,
    form: InputForm,
    column: Option<String>,
    pattern: Option<Pattern>,
    sized: bool,
    /// What went wrong in a later pass.
    failed: RefCell<Option<Failure>>,
}

impl Workload {
    /// Reads what --keys names, if it is given: every line is checked.
    pub(crate) fn read(args: &args::Workload, quiet: bool) -> Result<Option<Self>, Failure> {
        let Some(file) = &args.keys else { return Ok(None) };
        // A wrong expression is told before a long file is read.
        let pattern = Pattern::of(args)?;
        let form = if pattern.is_some() { InputForm::Lines } else { form(file) };
        if form == InputForm::Lines && args.column.is_some() {
            return Err(Failure::refused("--column is for csv, ndjson and parquet"));
        }
        let stdin = file == Path::new("-");
        let regular = !stdin && std::fs::metadata(file).is_ok_and(|about| about.is_file());
        let kept = if regular { None } else { Some(source::read(file, LARGEST)?) };
        let mut workload = Self {
            name: if stdin { "stdin".into() } else { file.clone() },
            kept,
            form,
            column: args.column.clone(),
            pattern,
            sized: false,
            failed: RefCell::new(None),
        };
        workload.sized = workload.check(quiet)?;
        Ok(Some(workload))
    }

    /// The first pass. Whether sizes are known.
    fn check(&self, quiet: bool) -> Result<bool, Failure> {
        let (mut all, mut taken, mut sized, mut plain) = (0_u64, 0_u64, None, None);
        let mut reader = self.reader()?;
        while let Some(lines) = reader.next()? {
            for line in lines {
                all += 1;
                let found = self.key(line).map_err(|why| {
                    Failure::refused(format!("{}:{all}: {why}", self.name.display()))
                })?;
                let Some((_, size)) = found else { continue };
                taken += 1;
                let first = if size.is_some() { &mut sized } else { &mut plain };
                *first = first.or(Some(all));
            }
        }
        let refuse = |why: &str| Err(Failure::refused(format!("{}: {why}", self.name.display())));
        match (&self.pattern, sized, plain) {
            _ if all == 0 => return refuse("there is no key in it"),
            (Some(_), ..) if taken == 0 => {
                return refuse(&format!("none of {all} lines is of this log format"));
            }
            (None, Some(_), Some(plain)) => {
                let name = self.name.display();
                let why = format!("{name}:{plain}: a key without a size among keys with one");
                return Err(Failure::refused(why));
            }
            _ => {}
        }
        if taken < all && !quiet {
            talk::warning(format!(
                "{}: {} of {all} lines are not of this log format and were left out",
                self.name.display(),
                all - taken
            ));
        }
        Ok(self.pattern.as_ref().map_or(sized.is_some(), Pattern::sized))
    }

    fn reader(&self) -> Result<Box<dyn KeyReader + '_>, Failure> {
        let (name, column) = (self.name.clone(), self.column.as_deref());
        let bytes: Box<dyn Read + '_> = match &self.kept {
            Some(kept) => Box::new(&**kept),
            None if self.form == InputForm::Parquet => return super::keys::parquet(&name, column),
            None => source::open(&name)?.0,
        };
        Ok(match self.form {
            InputForm::Csv => Box::new(Csv::open(name, bytes, InputForm::Csv, column, true)?),
            InputForm::Ndjson => Box::new(Ndjson::new(name, bytes, column.unwrap_or("key"))),
            InputForm::Parquet => {
                let why = "Parquet begins at its end and cannot be read from a pipe";
                return Err(Failure::refused(format!("{}: {why}", name.display())));
            }
            _ => Box::new(Lines::new(name, bytes, b'\n')),
        })
    }

    /// The key of a line, and its size if the line says one. None of what is no
    /// line of the log.
    fn key<'l>(&self, line: &'l [u8]) -> Result<Option<Entry<'l>>, String> {
        if let Some(pattern) = &self.pattern {
            return Ok(pattern.key(line).map(|(key, size)| (&line[key], Some(size))));
        }
        match memchr::memchr(b'\t', line).filter(|_| self.form == InputForm::Lines) {
            Some(tab) => match whole(&line[tab + 1..]) {
                Some(size) => Ok(Some((&line[..tab], Some(size)))),
                None => {
                    let text = line[tab + 1..].escape_ascii();
                    Err(format!("'{text}' after the tab is not a size in bytes"))
                }
            },
            None => Ok(Some((line, None))),
        }
    }

    /// Each key with its size, 0 where none is known. What goes wrong ends it, and
    /// [`finish`](Self::finish) tells it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Vec<u8>, u64)> + '_ {
        let mut reader = self.reader().map_err(|failure| self.fail(failure)).ok();
        let batch = move || {
            let lines = match reader.as_mut()?.next() {
                Ok(lines) => lines?,
                Err(failure) => {
                    self.fail(failure);
                    return None;
                }
            };
            let keys = lines.into_iter().filter_map(|line| self.key(line).ok().flatten());
            let owned = keys.map(|(key, size)| (key.to_vec(), size.unwrap_or(0)));
            Some(owned.collect::<Vec<_>>())
        };
        std::iter::from_fn(batch).flatten()
    }

    fn fail(&self, failure: Failure) {
        self.failed.borrow_mut().get_or_insert(failure);
    }

    /// Whether every pass could read everything.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        self.failed.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Whether sizes are known.
    pub(crate) fn sized(&self) -> bool {
        self.sized
    }
}

/// What a file's name says; any other has a key per line.
fn form(file: &Path) -> InputForm {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => InputForm::Csv,
        Some("ndjson" | "jsonl") => InputForm::Ndjson,
        Some("parquet") => InputForm::Parquet,
        _ => InputForm::Lines,
    }
}

/// Digits only.
fn whole(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}
