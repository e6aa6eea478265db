//! Which pool of a configuration, and what the file does not say.

use clap::Args;

/// For every command that reads a configuration.
#[derive(Args, Default)]
pub(crate) struct Chosen {
    #[command(flatten)]
    pub(crate) reading: Reading,

    /// The scheme, for files that name none
    #[arg(long, value_name = "NAME[:OPTION=VALUE,...]")]
    pub(crate) scheme: Option<String>,
}

/// How a configuration is read.
#[derive(Args, Default)]
pub(crate) struct Reading {
    /// Only this pool (upstream, backend)
    #[arg(long, value_name = "NAME")]
    pub(crate) pool: Option<String>,

    /// The file's format, if it is in doubt
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// The EndpointSlice port, if several
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,

    /// The haproxy scheme's dialect
    #[arg(long, value_name = "DIALECT")]
    pub(crate) haproxy_dialect: Option<String>,
}
