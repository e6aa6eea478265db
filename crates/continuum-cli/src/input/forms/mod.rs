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

/// Gives keys batch by batch.
pub(crate) trait KeyReader {
    /// The next keys, as many as came in at once: what comes in slowly is
    /// answered at once. None at the end.
    fn next(&mut self) -> Result<Option<Vec<&[u8]>>, Failure>;

    /// Bytes of the input that were taken so far.
    fn taken(&self) -> u64;
}
