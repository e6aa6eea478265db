//! `include`: which files, in which order, and not for ever.

use std::path::{Path, PathBuf};

use super::pattern;
use crate::error::Error;
use crate::limits;
use crate::options::Options;
use crate::place::Place;
use crate::quote::quoted;
use crate::source::{self, File};

/// The files being read, one inside the other, and what may still be read.
pub(super) struct Includes {
    folder: Option<PathBuf>,
    open: Vec<PathBuf>,
    bytes: u64,
    files: usize,
}

impl Includes {
    /// Beside the file that was named, or below the prefix; `read` is how much of
    /// the file was read.
    pub(super) fn new(options: &Options, read: usize) -> Self {
        let path = options.path.as_deref();
        let beside = || path.map(|path| path.parent().unwrap_or(Path::new("")).to_owned());
        let folder = options.prefix.clone().or_else(beside);
        let open = path.and_then(|path| path.canonicalize().ok()).into_iter().collect();
        Self { folder, open, bytes: limits::BYTES.saturating_sub(read as u64), files: 1 }
    }

    /// The files that a pattern names.
    pub(super) fn resolve(
        &self,
        pattern: &str,
        place: &Place,
    ) -> Result<Vec<(PathBuf, File)>, Error> {
        let refuse =
            |why: &str| Error::new(place.clone(), format!("include {}: {why}", quoted(pattern)));
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let full = folder.join(pattern);
        let named = |path: PathBuf| {
            let file = File::new(&path.display().to_string());
            (path, file)
        };
        if !is_pattern(pattern) {
            return Ok(vec![named(full)]);
        }
        if full.as_os_str().as_encoded_bytes().contains(&0) {
            return Err(refuse("a NUL is in no file's name"));
        }
        Ok(pattern::paths(folder, pattern, limits::FILES + 1).into_iter().map(named).collect())
    }

    /// Why there is nothing to read, if a file or the folder of a pattern is
    /// missing; a pattern that nothing matches names no file in nginx either.
    pub(super) fn missing(&self, pattern: &str, files: &[(PathBuf, File)]) -> Option<&'static str> {
        let Some(folder) = &self.folder else {
            return Some("a text that comes from no file includes none");
        };
        match files {
            [(path, _)] if !is_pattern(pattern) => {
                (!path.exists()).then_some("there is no such file")
            }
            [] => {
                let full = folder.join(pattern);
                let mut plain = full.ancestors().skip(1);
                let parent = plain.find(|part| !is_pattern(&part.to_string_lossy()))?;
                let there = parent.as_os_str().is_empty() || parent.is_dir();
                (!there).then_some("there is no such folder")
            }
            _ => None,
        }
    }

    /// Reads a file that is included.
    pub(super) fn enter(&mut self, path: &Path, file: &File, at: &Place) -> Result<String, Error> {
        let refuse =
            |why: String| Error::new(at.clone(), format!("include {}: {why}", quoted(file.name())));
        let real = path.canonicalize().map_err(|error| refuse(source::unreadable(&error)))?;
        if !real.is_file() {
            return Err(refuse("is no regular file".to_owned()));
        }
        if self.open.contains(&real) {
            return Err(refuse("includes itself, directly or by others".to_owned()));
        }
        if self.open.len() > limits::INCLUDE_DEPTH {
            return Err(refuse(format!("files nested deeper than {}", limits::INCLUDE_DEPTH)));
        }
        self.files += 1;
        if self.files > limits::FILES {
            return Err(refuse(format!("more than {} files", limits::FILES)));
        }
        let text = source::read(path, file, self.bytes)?;
        if text.starts_with(source::MARK) {
            return Err(refuse("begins with a byte order mark, which nginx refuses".to_owned()));
        }
        self.bytes = self.bytes.saturating_sub(text.len() as u64);
        self.open.push(real);
        Ok(text)
    }

    pub(super) fn leave(&mut self) {
        self.open.pop();
    }
}

/// What nginx gives to glob(3): any other name is that of one file.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}
