//! Whole tables: rows of Parquet and Arrow's IPC that keep all of their columns and get
//! one more, the server. `files.rs` finds them, `source.rs` reads, `owners.rs` answers,
//! `target.rs` writes. Imports `args`, `failure` and
//! `input`.

mod files;
mod owners;
mod source;
mod target;

pub(crate) use files::files;
pub(crate) use owners::Owners;
pub(crate) use source::{Part, Table};
pub(crate) use target::Target;

/// The column that is added.
const SERVER: &str = "server";
