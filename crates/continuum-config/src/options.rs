//! What the caller says beside the file.

use std::path::{Path, PathBuf};

use continuum::Scheme;

use crate::format::Format;

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
    pub(crate) haproxy_dialect: Option<Box<str>>,
    /// Where the file lies, for what it includes; set by the loader.
    pub(crate) path: Option<PathBuf>,
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

    /// The value of the HAProxy scheme's `dialect` option: a configuration does
    /// not say which version reads it. Without it the scheme's default is taken
    /// and a note says so.
    #[must_use]
    pub fn with_haproxy_dialect(mut self, dialect: impl Into<Box<str>>) -> Self {
        self.haproxy_dialect = Some(dialect.into());
        self
    }

    pub(crate) fn at(&self, path: &Path) -> Self {
        Self { path: Some(path.to_owned()), ..self.clone() }
    }
}
