//! Keys with the sizes of their values. A file is read anew for each pass, so that
//! none is held; what can be read once only is kept.

use std::cell::{Cell, RefCell};
use std::io::Read;
use std::path::{Path, PathBuf};

use continuum_config::{KeyRule, Unbuilt};

use super::forms::{Csv, KeyReader, Lines, Ndjson};
use super::log::{Logged, Pattern};
use super::source::{self, Text};
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
    quiet: bool,
    /// What went wrong in a later pass.
    failed: RefCell<Option<Failure>>,
    /// Requests that no key was made of in the last pass.
    unhashed: Cell<u64>,
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
            quiet,
            failed: RefCell::new(None),
            unhashed: Cell::new(0),
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
                let found = match &self.pattern {
                    Some(pattern) => Ok(pattern.is_line(line).then_some((line, Some(0)))),
                    None => self.entry(line).map(Some),
                };
                let found = found.map_err(|why| {
                    Failure::refused(format!("{}:{all}: {why}", self.name.display()))
                })?;
                let Some((key, size)) = found else { continue };
                taken += 1;
                if taken == 1 && self.form == InputForm::Lines && self.pattern.is_none() && !quiet {
                    super::keys::warn_of_line(key);
                }
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
            Some(kept) => Box::new(Text::new(&**kept)),
            None if self.form == InputForm::Parquet => return super::keys::parquet(&name, column),
            None => Box::new(Text::new(source::open(&name)?.0)),
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

    /// The key of a line that is one, and its size if the line says one.
    fn entry<'l>(&self, line: &'l [u8]) -> Result<Entry<'l>, String> {
        match memchr::memchr(b'\t', line).filter(|_| self.form == InputForm::Lines) {
            Some(tab) => match whole(&line[tab + 1..]) {
                Some(size) => Ok((&line[..tab], Some(size))),
                None => {
                    let text = line[tab + 1..].escape_ascii();
                    Err(format!("'{text}' after the tab is not a size in bytes"))
                }
            },
            None => Ok((line, None)),
        }
    }

    /// The key that a pool of this rule is asked for, and its size.
    fn key(&self, line: &[u8], rule: &KeyRule) -> Option<(Vec<u8>, Option<u64>)> {
        let name = self.name.display();
        let Some(pattern) = &self.pattern else {
            let (key, size) = self.entry(line).ok()?;
            if let Err(why) = rule.check(key) {
                self.fail(Failure::refused(format!("{name}: {why}")));
                return None;
            }
            return Some((rule.part(key).into_owned(), size));
        };
        match pattern.key(line, rule) {
            Ok(Some(Logged::Key(key, size))) => {
                Some((rule.part(&key).into_owned(), self.sized.then_some(size)))
            }
            Ok(Some(Logged::Unhashed)) => {
                self.unhashed.set(self.unhashed.get() + 1);
                None
            }
            Ok(None) => None,
            Err(unbuilt) => {
                let why = match unbuilt {
                    Unbuilt::Missing(what) => format!("{what} is not in this log"),
                    other => other.to_string(),
                };
                self.fail(Failure::refused(format!("{name}: the pool hashes {rule}, but {why}")));
                None
            }
        }
    }

    /// Each key that a pool of this rule is asked for, with its size where
    /// sizes are known. What goes wrong ends it, and [`finish`](Self::finish) tells it.
    pub(crate) fn iter<'a>(
        &'a self,
        rule: &'a KeyRule,
    ) -> impl Iterator<Item = (Vec<u8>, Option<u64>)> + 'a {
        self.unhashed.set(0);
        let mut reader = self.reader().map_err(|failure| self.fail(failure)).ok();
        let batch = move || {
            if self.failed.borrow().is_some() {
                return None;
            }
            let lines = match reader.as_mut()?.next() {
                Ok(lines) => lines?,
                Err(failure) => {
                    self.fail(failure);
                    return None;
                }
            };
            Some(lines.into_iter().filter_map(|line| self.key(line, rule)).collect::<Vec<_>>())
        };
        std::iter::from_fn(batch).flatten()
    }

    fn fail(&self, failure: Failure) {
        self.failed.borrow_mut().get_or_insert(failure);
    }

    /// Whether every pass could read everything.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        let unhashed = self.unhashed.get();
        if unhashed > 0 && !self.quiet {
            talk::warning(format!(
                "{}: {unhashed} requests are left out: what the program hashes is not in their line, \
                 or it refuses them",
                self.name.display()
            ));
        }
        self.failed.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Whether sizes are known.
    pub(crate) fn sized(&self) -> bool {
        self.sized
    }
}

/// What a file's name says; any other has a key per line.
fn form(file: &Path) -> InputForm {
    match source::extension(file).as_deref() {
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
