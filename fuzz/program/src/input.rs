//! The files of the program's room `input` that read keys.

#[path = "../../../crates/continuum-cli/src/input/blocks.rs"]
pub(crate) mod blocks;
#[path = "../../../crates/continuum-cli/src/input/forms/mod.rs"]
pub(crate) mod forms;
#[path = "../../../crates/continuum-cli/src/input/log.rs"]
mod log;

use std::io::Read;
use std::path::PathBuf;

use crate::args::{InputForm, LogFormat, Workload};
use crate::failure::Failure;
use continuum_config::{KeyRule, Unbuilt};
use forms::KeyReader;

/// Bytes that the readers ask for at once: so few that inputs of the fuzzers are several
/// blocks, and that clearing them takes no time.
const BLOCK: usize = 16;

/// All keys of a reader, or the sentence of its refusal.
pub(crate) fn all(reader: Result<impl KeyReader, Failure>) -> Result<Vec<Vec<u8>>, String> {
    let told = |failure| match failure {
        Failure::Refused(sentence) => sentence,
        other => panic!("a reader refuses in one sentence: {other:?}"),
    };
    let mut reader = reader.map_err(told)?;
    let mut keys = Vec::new();
    while let Some(batch) = reader.next().map_err(told)? {
        keys.extend(batch.into_iter().map(<[u8]>::to_vec));
    }
    Ok(keys)
}

pub(crate) fn csv(
    reader: impl Read,
    form: InputForm,
    column: Option<&str>,
    header: bool,
) -> Result<Vec<Vec<u8>>, String> {
    all(forms::Csv::open(PathBuf::from("f"), reader, form, column, header))
}

pub(crate) fn ndjson(reader: impl Read, column: &str) -> Result<Vec<Vec<u8>>, String> {
    all(Ok(forms::Ndjson::new(PathBuf::from("f"), reader, column)))
}

pub(crate) fn lines(reader: impl Read, separator: u8) -> Result<Vec<Vec<u8>>, String> {
    all(Ok(forms::Lines::new(PathBuf::from("f"), reader, separator)))
}

/// A pattern of a log's format.
pub(crate) struct Pattern(log::Pattern);

impl Pattern {
    pub(crate) fn of(format: LogFormat) -> Self {
        let args = Workload { log_format: Some(format), ..Workload::default() };
        Self(log::Pattern::of(&args).unwrap().unwrap())
    }

    /// Whether it is a line of the log, and its key if it has one that is hashed.
    pub(crate) fn key(
        &self,
        line: &[u8],
        rule: &KeyRule,
    ) -> (bool, Result<Option<Option<Vec<u8>>>, Unbuilt>) {
        let logged = self.0.key(line, rule).map(|logged| {
            logged.map(|logged| match logged {
                log::Logged::Key(key, _) => Some(key),
                log::Logged::Unhashed => None,
            })
        });
        (self.0.is_line(line), logged)
    }
}
