//! What was done, on disk before it counts: a run that was killed goes on from it.
//! `record.rs` is a line, `lines.rs` what all say together, `base.rs` what of it the next
//! copy follows, `journal.rs` the file.

mod base;
#[expect(clippy::module_inception, reason = "a file is one noun")]
mod journal;
mod lines;
mod record;

pub(crate) use base::{Base, Following, Life, Mark, Marks, Written, emptied};
pub(crate) use journal::Journal;
pub(crate) use lines::Found;
pub(crate) use record::{Batch, Done, Head, Position, Round, State};
