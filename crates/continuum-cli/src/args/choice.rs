//! Which pool of a configuration, and what the file does not say.

use clap::Args;

use super::suggested::{Suggested, formats, schemes};

/// For every command that reads a configuration.
#[derive(Args, Default)]
pub(crate) struct Choice {
    #[command(flatten)]
    pub(crate) reading: Reading,

    /// The scheme, for files that name none
    #[arg(long, value_name = "NAME[:OPTION=VALUE,...]", value_parser = Suggested(schemes), hide_possible_values = true)]
    pub(crate) scheme: Option<String>,
}

/// How a configuration is read.
#[derive(Args, Default)]
pub(crate) struct Reading {
    /// Only this pool (upstream, backend)
    #[arg(long, value_name = "NAME")]
    pub(crate) pool: Option<String>,

    /// The file's format, if it is in doubt
    #[arg(long, value_name = "FORMAT", value_parser = Suggested(formats), hide_possible_values = true)]
    pub(crate) format: Option<String>,

    /// The EndpointSlice port, if several
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,

    /// The haproxy scheme's dialect
    #[arg(long, value_name = "DIALECT")]
    pub(crate) haproxy_dialect: Option<String>,
}
