//! What was done, on disk before it counts: a run that was killed goes on from it.
//! `record.rs` is its lines, `journal.rs` the file.

#[expect(clippy::module_inception, reason = "a file is one noun")]
mod journal;
mod record;

pub(crate) use journal::Journal;
pub(crate) use record::{Base, Batch, Head, Marks, Position, State};
