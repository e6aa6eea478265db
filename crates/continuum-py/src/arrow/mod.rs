//! Columns of Arrow, of whichever library: keys come in and answers go out through the
//! Arrow PyCapsule interface.
//!
//! `source` takes Python's objects apart, `column` gives answers back, and what lies
//! between is the crate `continuum-arrow`. Imports nothing of Python's lists and NumPy.

mod column;
mod options;
mod refusal;
mod source;

pub(crate) use column::{Column, ColumnReader, Columns, put};
pub(crate) use options::Word;
pub(crate) use refusal::told;
pub(crate) use source::{Source, is_arrow};
