//! Where keys come from.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Stdin};
use std::path::{Path, PathBuf};

use crate::args::Resolve;
use crate::failure::Failure;
use crate::talk;

/// Keys at hand, or something to read them from.
pub(crate) enum KeySource<'a> {
    Given(&'a [OsString]),
    Read { name: PathBuf, reader: Box<dyn Read + 'a>, length: Option<u64> },
}

impl<'a> KeySource<'a> {
    /// Opens the file, so that a wrong name is told before any answer.
    pub(crate) fn open(
        args: &'a Resolve,
        given: &'a [OsString],
        stdin: impl Input + 'a,
    ) -> Result<Self, Failure> {
        if !given.is_empty() {
            return Ok(Self::Given(given));
        }
        if let Some(name) = args.keys_file.as_deref().filter(|name| *name != Path::new("-")) {
            let unreadable = |error: &io::Error| Failure::unreadable(name, error);
            let file = File::open(name).map_err(|error| unreadable(&error))?;
            let about = file.metadata().map_err(|error| unreadable(&error))?;
            if about.is_dir() {
                return Err(unreadable(&io::ErrorKind::IsADirectory.into()));
            }
            // A pipe or device has no length.
            let length = about.is_file().then_some(about.len());
            return Ok(Self::Read { name: name.to_owned(), reader: Box::new(file), length });
        }
        if stdin.is_a_person() && !args.quiet {
            talk::note(
                "reading keys from the terminal, one a line, up to the end of input (Ctrl-D)",
            );
        }
        Ok(Self::Read { name: "stdin".into(), reader: Box::new(stdin), length: None })
    }
}

/// Standard input, or what stands in for it in tests.
pub(crate) trait Input: Read {
    fn is_a_person(&self) -> bool {
        false
    }
}

impl Input for Stdin {
    fn is_a_person(&self) -> bool {
        self.is_terminal()
    }
}

impl Input for &[u8] {}
