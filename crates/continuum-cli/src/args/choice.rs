//! Which pool of a configuration, and what the file does not say.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

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

    /// The file's format, if it cannot be recognized
    #[arg(long, value_name = "FORMAT", value_parser = Suggested(formats), hide_possible_values = true)]
    pub(crate) format: Option<String>,

    /// The EndpointSlice port, if there are several
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,

    /// The number of partitions of a Kafka producer's topic
    #[arg(long, value_name = "N")]
    pub(crate) partitions: Option<u32>,

    /// The dialect of the haproxy scheme
    #[arg(long, value_name = "DIALECT")]
    pub(crate) haproxy_dialect: Option<String>,

    /// The folder that nginx's includes are relative to [default: the file's]
    #[arg(long, value_name = "DIR")]
    pub(crate) prefix: Option<PathBuf>,

    /// The endpoints of Envoy's clusters, where they are in another file
    #[arg(long, value_name = "FILE")]
    pub(crate) endpoints: Option<PathBuf>,

    /// An environment variable of HAProxy or Caddy; repeat --env for each
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,

    /// Take HAProxy's and Caddy's environment variables from this process
    #[arg(long)]
    pub(crate) env_from_process: bool,

    /// An address that DNS gives Envoy for a host; repeat --resolve for each
    #[arg(long, value_name = "HOST=IP")]
    pub(crate) resolve: Vec<String>,

    /// What identifies a Kubernetes endpoint
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) identity: Option<Identity>,

    /// Keep Kubernetes endpoints that are not ready
    #[arg(long)]
    pub(crate) keep_unready: bool,
}

/// What an endpoint of Kubernetes is hashed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Identity {
    /// Its address and port
    Address,
    /// Its host name
    Hostname,
    /// The name of its pod
    Pod,
}
