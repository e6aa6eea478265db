//! Forms of keys that are read and of answers that are written.

use clap::{Args, ValueEnum};

/// How keys come in and answers go out.
#[derive(Args, Default)]
pub(crate) struct Forms {
    /// Form of the keys read [default: by the file's extension, else lines]
    #[arg(long, value_name = "FORM", value_enum)]
    pub(crate) input_format: Option<InputForm>,

    /// The key's column or field: name, path a.b or number [default: key]
    #[arg(long, value_name = "NAME")]
    pub(crate) column: Option<String>,

    /// The first row of CSV or TSV holds a key, not names of columns
    #[arg(long)]
    pub(crate) no_header: bool,

    /// Form of the answers [default: lines]
    #[arg(long, value_name = "FORM", value_enum, conflicts_with = "json")]
    pub(crate) output_format: Option<OutputForm>,
}

/// What keys are read from.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InputForm {
    /// A key is all bytes of a line
    Lines,
    /// A key is all bytes up to a NUL
    NullSeparated,
    /// Comma-separated, quoted where needed
    Csv,
    /// Tab-separated, not quoted
    Tsv,
    /// A JSON object a line
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
    /// A JSON object a line, as by --json
    Ndjson,
    /// Columns key and server
    Parquet,
}
