//! Forms of keys that are read and of answers that are written.

use clap::{Args, ValueEnum};

/// How keys come in and answers go out.
#[derive(Args, Default)]
pub(crate) struct Forms {
    /// Form of the keys [default: by the file's extension, else lines]
    #[arg(long, value_name = "FORM", value_enum)]
    pub(crate) input_format: Option<InputForm>,

    /// The key's column or field: name, path a.b or number [default: key]
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,

    /// The first row of CSV or TSV is data, not column names
    #[arg(long)]
    pub(crate) no_header: bool,

    /// Form of the answers [default: lines]
    #[arg(long, value_name = "FORM", value_enum, conflicts_with = "json")]
    pub(crate) output_format: Option<OutputForm>,
}

/// What keys are read from.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InputForm {
    /// One key per line: all of its bytes
    Lines,
    /// Keys end in NUL: all bytes before it
    NullSeparated,
    /// Comma-separated, quoted where needed
    Csv,
    /// Tab-separated, not quoted
    Tsv,
    /// One JSON object per line
    Ndjson,
    /// Parquet
    Parquet,
}

/// What answers are written as.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OutputForm {
    /// Key, tab, server
    Lines,
    /// Key, tab, server, NUL
    NullSeparated,
    /// Columns key and server, quoted where needed
    Csv,
    /// One JSON object per line, as with --json
    Ndjson,
    /// Columns key and server
    Parquet,
}
