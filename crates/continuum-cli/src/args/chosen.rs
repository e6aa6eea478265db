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
    /// Only the pool (upstream, backend, cluster) of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) pool: Option<String>,

    /// Read the file as this format instead of telling it by name and content:
    /// twemproxy, nginx, haproxy, envoy, mcrouter, libmemcached,
    /// endpoint-slice, toml, text
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// The port's name or number, for EndpointSlices with several
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,

    /// The HAProxy that reads the file, as the haproxy scheme's dialect names it
    #[arg(long, value_name = "DIALECT")]
    pub(crate) haproxy_dialect: Option<String>,
}
