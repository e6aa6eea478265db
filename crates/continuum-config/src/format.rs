//! Formats: which programs' files are read.

use std::fmt;
use std::str::FromStr;

use crate::quote::quoted;

/// A program's configuration format.
///
/// ```
/// use continuum_config::Format;
/// assert_eq!("haproxy".parse::<Format>().unwrap(), Format::Haproxy);
/// assert_eq!(Format::Haproxy.to_string(), "haproxy");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// twemproxy's `nutcracker.yml`.
    Twemproxy,
    /// nginx: `upstream` blocks with `hash`.
    Nginx,
    /// `haproxy.cfg`: backends whose `balance` hashes.
    Haproxy,
    /// Envoy clusters, YAML or JSON.
    Envoy,
    /// Caddy's JSON, or a Caddyfile: `reverse_proxy` with a policy that hashes.
    Caddy,
    /// mcrouter's JSON, comments allowed.
    Mcrouter,
    /// libmemcached's option strings.
    Libmemcached,
    /// go-redis's `RingOptions` as JSON.
    GoRedis,
    /// Thanos receive's hashrings, JSON.
    Thanos,
    /// Graphite's `carbon.conf`: relays and aggregators.
    Carbon,
    /// carbon-c-relay's clusters.
    CarbonCRelay,
    /// Relabelling rules with `hashmod`: Prometheus, vmagent.
    Prometheus,
    /// The properties of a Kafka producer; the caller gives the number of partitions.
    Kafka,
    /// Kubernetes EndpointSlices, JSON or YAML; the caller names the scheme.
    EndpointSlice,
    /// Continuum's own TOML.
    Toml,
    /// One server a line; the caller names the scheme, or a `scheme` line does.
    Text,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 16] = [
        Self::Twemproxy,
        Self::Nginx,
        Self::Haproxy,
        Self::Envoy,
        Self::Caddy,
        Self::Mcrouter,
        Self::Libmemcached,
        Self::GoRedis,
        Self::Thanos,
        Self::Carbon,
        Self::CarbonCRelay,
        Self::Prometheus,
        Self::Kafka,
        Self::EndpointSlice,
        Self::Toml,
        Self::Text,
    ];

    /// The name, as it is parsed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Twemproxy => "twemproxy",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Envoy => "envoy",
            Self::Caddy => "caddy",
            Self::Mcrouter => "mcrouter",
            Self::Libmemcached => "libmemcached",
            Self::GoRedis => "go-redis",
            Self::Thanos => "thanos",
            Self::Carbon => "carbon",
            Self::CarbonCRelay => "carbon-c-relay",
            Self::Prometheus => "prometheus",
            Self::Kafka => "kafka",
            Self::EndpointSlice => "endpoint-slice",
            Self::Toml => "toml",
            Self::Text => "text",
        }
    }

    /// Whether the format is YAML or JSON.
    pub(crate) fn is_tree(self) -> bool {
        matches!(
            self,
            Self::Twemproxy
                | Self::Envoy
                | Self::Caddy
                | Self::Mcrouter
                | Self::GoRedis
                | Self::Thanos
                | Self::Prometheus
                | Self::EndpointSlice
        )
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no format's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(Box<str>);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        write!(f, "no format {}; there are {}", quoted(&self.0), known.join(", "))
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| UnknownFormat(text.into()))
    }
}
