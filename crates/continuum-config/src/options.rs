//! What the caller says beside the file.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use continuum::Scheme;

use crate::format::Format;
use crate::quote::quoted;

/// What an endpoint of Kubernetes is told apart by, and hashed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Address and port, which change with every restart.
    #[default]
    Address,
    /// The host name, which a StatefulSet keeps.
    Hostname,
    /// The pod's name.
    Pod,
}

/// What the caller knows and the file does not say.
///
/// ```
/// use continuum_config::{Config, Format, Options};
/// let options = Options::new()
///     .with_format(Format::Text)
///     .with_scheme("python-continuum:points=320".parse().unwrap());
/// let config = Config::parse("10.0.0.1:80\n10.0.0.2:80 2\n", "servers.txt", &options)?;
/// assert_eq!(config.pool("servers")?.servers().len(), 2);
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) format: Option<Format>,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) port: Option<Box<str>>,
    pub(crate) partitions: Option<u32>,
    pub(crate) haproxy_dialect: Option<Box<str>>,
    pub(crate) prefix: Option<PathBuf>,
    pub(crate) endpoints: Option<PathBuf>,
    pub(crate) environment: BTreeMap<Box<str>, Box<str>>,
    pub(crate) resolved: BTreeMap<Box<str>, Vec<IpAddr>>,
    pub(crate) identity: Identity,
    pub(crate) keep_unready: bool,
    /// Where the file lies, for what it includes; set by the loader.
    pub(crate) path: Option<PathBuf>,
}

/// The complaint about an environment variable that nobody gave a value.
pub(crate) fn unknown_variable(name: &str) -> String {
    let shown = quoted(name);
    format!("the environment variable {shown} is not known; give it with --env {name}=VALUE")
}

impl Options {
    /// Nothing but what the file says.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the file as this format instead of telling it by name and content.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The scheme, for formats that name none: a list of servers, an
    /// EndpointSlice. A file that names its scheme keeps it.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = Some(scheme);
        self
    }

    /// The name or number of the port, for EndpointSlices with several.
    #[must_use]
    pub fn with_port(mut self, port: impl Into<Box<str>>) -> Self {
        self.port = Some(port.into());
        self
    }

    /// The number of partitions of the topic that a Kafka producer writes to, which
    /// its properties do not say.
    ///
    /// ```
    /// use continuum_config::{Config, Options};
    /// let options = Options::new().with_partitions(12);
    /// let config = Config::parse("partitioner=murmur2\n", "producer.properties", &options)?;
    /// assert_eq!(config.pool("producer")?.servers().len(), 12);
    /// # Ok::<(), continuum_config::Error>(())
    /// ```
    #[must_use]
    pub fn with_partitions(mut self, partitions: u32) -> Self {
        self.partitions = Some(partitions);
        self
    }

    /// The value of the HAProxy scheme's `dialect` option: a configuration does
    /// not say which version reads it. Without it the scheme's default is taken
    /// and a note says so.
    #[must_use]
    pub fn with_haproxy_dialect(mut self, dialect: impl Into<Box<str>>) -> Self {
        self.haproxy_dialect = Some(dialect.into());
        self
    }

    /// The folder that includes of nginx are relative to, where it is not that of
    /// the file: the prefix that nginx is started with.
    #[must_use]
    pub fn with_prefix(mut self, folder: impl Into<PathBuf>) -> Self {
        self.prefix = Some(folder.into());
        self
    }

    /// The value of an environment variable, for configurations of HAProxy and Caddyfiles.
    ///
    /// ```
    /// use continuum_config::{Config, Options};
    /// let text = "backend b\n balance source\n server a \"$HOST:80\" weight \"$W\"\n";
    /// let options = Options::new().with_variable("W", "7");
    /// let config = Config::parse(text, "haproxy.cfg", &options)?;
    /// // The address is not hashed and need not be known.
    /// assert_eq!(config.pool("b")?.servers().iter().next().unwrap().capacity().get(), 7.0);
    /// # Ok::<(), continuum_config::Error>(())
    /// ```
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// An address that DNS gives for a host, for Envoy's clusters of type
    /// STRICT_DNS and LOGICAL_DNS: once for each, in the order of the answer.
    #[must_use]
    pub fn with_resolved(mut self, host: impl Into<Box<str>>, address: IpAddr) -> Self {
        self.resolved.entry(host.into()).or_default().push(address);
        self
    }

    /// The file that lists the endpoints of Envoy's clusters of type EDS. Without it
    /// `X.endpoints.yaml` is taken beside `X.clusters.yaml`.
    #[must_use]
    pub fn with_endpoints(mut self, file: impl Into<PathBuf>) -> Self {
        self.endpoints = Some(file.into());
        self
    }

    /// What endpoints of Kubernetes are told apart by.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Keeps endpoints of Kubernetes that are not ready.
    #[must_use]
    pub fn keeping_unready(mut self) -> Self {
        self.keep_unready = true;
        self
    }

    pub(crate) fn at(&self, path: &Path) -> Self {
        Self { path: Some(path.to_owned()), ..self.clone() }
    }
}
