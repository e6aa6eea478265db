//! Tables that keep their columns.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How tables come in and go out.
#[derive(Args, Default)]
pub(crate) struct Tables {
    /// Add the column `server` to tables; words are files or patterns
    #[arg(
        long,
        requires = "output",
        conflicts_with_all = [
            "keys_file", "request", "input_format", "no_header", "output_format", "null", "json",
            "explain", "count"
        ]
    )]
    pub(crate) append: bool,

    /// Write a file of Parquet for each server into the folder of --output
    #[arg(long, value_name = "WHAT", requires = "append")]
    pub(crate) partition_by: Option<Partition>,

    /// The table that is written, or the folder
    #[arg(short = 'o', long, value_name = "PATH", requires = "append")]
    pub(crate) output: Option<PathBuf>,

    /// Threads that read tables [default: one for each processor]
    #[arg(long, value_name = "N", requires = "append")]
    pub(crate) threads: Option<NonZero<usize>>,

    /// What a row without a key is
    #[arg(long, value_name = "WHAT", value_enum, default_value = "error", requires = "append")]
    pub(crate) nulls: Nulls,
}

/// What rows are put apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Partition {
    /// The server that owns the key
    Server,
}

/// What a row without a key is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Nulls {
    /// It is refused
    #[default]
    Error,
    /// Its server is null
    Null,
}
