//! Keys that shares are turned into.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// For every command that counts keys.
#[derive(Args, Default)]
pub(crate) struct Workload {
    /// Count these keys: one per line, optional tab and size; - is stdin
    #[arg(long = "keys", value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,

    /// The key's column or field: name or path a.b [default: key]
    #[arg(long, value_name = "NAME", requires = "keys")]
    pub(crate) column: Option<String>,

    /// Read the keys from an access log in this format
    #[arg(long, value_name = "FORMAT", requires = "keys")]
    pub(crate) log_format: Option<LogFormat>,

    /// Read them by a regular expression with a group `key` or `request`
    #[arg(long, value_name = "REGEX", requires = "keys", conflicts_with = "log_format")]
    pub(crate) log_regex: Option<String>,
}

/// Formats of access logs, whose lines are made into keys by the pool's rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// nginx's and Apache's default with referrer and agent
    Combined,
    /// The same without referrer and agent
    Common,
    /// HAProxy's `option httplog`
    Haproxy,
}
