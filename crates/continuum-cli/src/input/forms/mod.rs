//! The forms that keys are read from, each in constant memory.

mod batch;
mod csv;
mod lines;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;

pub(super) use csv::Csv;
pub(super) use lines::Lines;
pub(super) use ndjson::Ndjson;
#[cfg(feature = "parquet")]
pub(super) use parquet::Parquet;

use crate::failure::Failure;

/// The longest row of CSV or line of JSON that is taken: a quote that is never
/// closed shall not fill the memory.
const LONGEST_ROW: usize = 16 << 20;

/// Columns that a sentence names.
const NAMED: usize = 20;

/// What is said of a column that is not there; `there` says what has which names.
fn no_column<N: AsRef<[u8]>>(
    wanted: &str,
    there: &str,
    names: impl ExactSizeIterator<Item = N>,
) -> String {
    let more = if names.len() > NAMED { ", ..." } else { "" };
    let shown = |name: N| String::from_utf8_lossy(name.as_ref()).escape_debug().to_string();
    let names: Vec<String> = names.take(NAMED).map(shown).collect();
    let wanted = wanted.escape_debug();
    format!("there is no column '{wanted}'; {there}: {}{more}", names.join(", "))
}

/// The place of the keys' column in a file whose columns have names alone: of the name wanted,
/// else `key`, else the only one; or why there is none.
#[cfg(feature = "parquet")]
pub(crate) fn key_column<N: AsRef<str>>(
    names: impl ExactSizeIterator<Item = N> + Clone,
    wanted: Option<&str>,
) -> Result<usize, String> {
    let name = wanted.unwrap_or("key");
    let mut places = names.clone().enumerate().filter(|(_, other)| other.as_ref() == name);
    match (places.next(), places.next()) {
        (Some(_), Some(_)) => Err(format!("the column '{}' is there twice", name.escape_debug())),
        (Some((place, _)), None) => Ok(place),
        (None, _) if wanted.is_none() && names.len() == 1 => Ok(0),
        (None, _) => {
            let names = names.map(|name| name.as_ref().to_owned());
            Err(no_column(name, "the file has", names))
        }
    }
}

/// Gives keys batch by batch.
pub(crate) trait KeyReader {
    /// The next keys, as many as came in at once: what comes in slowly is
    /// answered at once. None at the end.
    fn next(&mut self) -> Result<Option<Vec<&[u8]>>, Failure>;

    /// Bytes of the input that were taken so far.
    fn taken(&self) -> u64;
}
