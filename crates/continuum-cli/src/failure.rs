//! Why a command ends before its end.

use std::fmt::Display;
use std::io;
use std::path::Path;

/// What `main` turns into an exit status.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads our output any more.
    OutputClosed,
    /// Differences or findings, which the report tells, and what to say of them:
    /// exit status 1.
    Differences(Vec<String>),
    /// Complaints about a configuration, each with its file and line.
    Complaints(Vec<String>),
    /// The input or the system will not do; one sentence that names the thing.
    Refused(String),
}

impl Failure {
    pub(crate) fn refused(sentence: impl Display) -> Self {
        Self::Refused(sentence.to_string())
    }

    /// A failure after which something is done all the same.
    pub(crate) fn although(self, done: &str) -> Self {
        match self {
            Self::Refused(why) => Self::Refused(format!("{why}; {done} all the same")),
            other => other,
        }
    }

    /// What this program was built without.
    #[cfg(not(all(
        feature = "logs",
        feature = "move",
        feature = "parquet",
        feature = "pictures",
        feature = "watch"
    )))]
    pub(crate) fn without(feature: &str) -> Self {
        Self::Refused(format!(
            "this program was built without the feature '{feature}': build it with its default \
             features, or with --features {feature}"
        ))
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(file: &Path, error: &io::Error) -> Self {
        Self::Refused(format!("cannot read {}: {}", file.display(), reason(error)))
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(file: &Path, error: &io::Error) -> Self {
        Self::Refused(format!("cannot write {}: {}", file.display(), reason(error)))
    }
}

/// Only writing to stdout lets an [`io::Error`] through bare.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::OutputClosed
        } else {
            Self::Refused(format!("cannot write the output: {}", reason(&error)))
        }
    }
}

impl From<continuum::Error> for Failure {
    fn from(error: continuum::Error) -> Self {
        Self::refused(error)
    }
}

impl From<continuum_config::Error> for Failure {
    fn from(error: continuum_config::Error) -> Self {
        Self::Complaints(error.complaints().iter().map(ToString::to_string).collect())
    }
}

/// The system's words without its number.
pub(crate) fn reason(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
