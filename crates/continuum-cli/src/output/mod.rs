//! What goes out: answers, counts, plans, tables, and how far we are.

mod answers;
#[cfg(feature = "parquet")]
mod columns;
mod counts;
mod explanation;
mod figures;
mod json;
mod key;
mod matched;
pub(crate) mod plan;
mod progress;
mod sink;
mod table;

pub(crate) use answers::Answers;
#[cfg(feature = "parquet")]
pub(crate) use columns::Columns;
pub(crate) use counts::Counts;
pub(crate) use explanation::Explanations;
pub(crate) use figures::{basis, bytes, capacity, count, percent, servers, share, short, wrap};
pub(crate) use json::write_line;
pub(crate) use key::KeyRow;
pub(crate) use matched::Matched;
pub(crate) use progress::Progress;
pub(crate) use sink::{Sink, write_behind};
pub(crate) use table::{Align, Table};

use crate::failure::Failure;

/// Takes resolved keys, block by block.
pub(crate) trait Report {
    /// Keys and the numbers of their owners.
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure>;

    /// After the last block.
    fn finish(&mut self) -> Result<(), Failure> {
        Ok(())
    }
}
