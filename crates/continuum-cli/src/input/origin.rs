//! Where something was said, to name it in a sentence.

use std::fmt::{self, Display};
use std::path::Path;

use crate::failure::Failure;

/// The command line, or a line of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin<'a> {
    CommandLine,
    Line(&'a Path, usize),
}

impl Origin<'_> {
    /// A refusal that says where.
    pub(crate) fn refuse(self, why: impl Display) -> Failure {
        Failure::refused(format!("{self}{why}"))
    }
}

impl Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => Ok(()),
            Self::Line(file, line) => write!(f, "{}:{line}: ", file.display()),
        }
    }
}
