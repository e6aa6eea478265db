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

    /// The format, where the file does not tell
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// The port, for EndpointSlices with several
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,

    /// HAProxy's dialect, as its scheme names it
    #[arg(long, value_name = "DIALECT")]
    pub(crate) haproxy_dialect: Option<String>,
}
