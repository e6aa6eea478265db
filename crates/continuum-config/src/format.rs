//! Formats: which programs' files are read, and how one is told from another.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::quote::quoted;
use crate::source::File;
use crate::tree::Tree;
use crate::{go_redis, thanos};

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
    /// Kubernetes EndpointSlices, JSON or YAML; the caller names the scheme.
    EndpointSlice,
    /// Continuum's own TOML.
    Toml,
    /// One server a line; the caller names the scheme, or a `scheme` line does.
    Text,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::Twemproxy,
        Self::Nginx,
        Self::Haproxy,
        Self::Envoy,
        Self::Caddy,
        Self::Mcrouter,
        Self::Libmemcached,
        Self::GoRedis,
        Self::Thanos,
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
            Self::EndpointSlice => "endpoint-slice",
            Self::Toml => "toml",
            Self::Text => "text",
        }
    }

    /// Tells a format by the file's name and text, where they leave no doubt.
    pub(crate) fn detect(file: &File, text: &str) -> Result<Self, Error> {
        if file.name().ends_with(".toml") {
            return Ok(Self::Toml);
        }
        by_lines(text).or_else(|| by_ending(file.name())).map_or_else(
            || {
                let known: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
                Err(Error::new(
                    file.at(1),
                    format!(
                        "neither name nor content tells which program's file this is; name the \
                         format: {}",
                        known.join(", ")
                    ),
                ))
            },
            Ok,
        )
    }

    /// Tells whose document a YAML or JSON tree is.
    pub(crate) fn of_tree(tree: &Tree) -> Option<Self> {
        if thanos::is_one(tree) {
            return Some(Self::Thanos);
        }
        if go_redis::is_one(tree) {
            return Some(Self::GoRedis);
        }
        if let Some(list) = tree.as_list() {
            return list
                .first()
                .filter(|first| first.get("lb_policy").is_some())
                .map(|_| Self::Envoy);
        }
        let kind = tree.get("kind").and_then(Tree::as_text).unwrap_or_default();
        if kind.starts_with("EndpointSlice") || kind == "List" {
            return Some(Self::EndpointSlice);
        }
        let envoy = ["static_resources", "staticResources", "lb_policy", "clusters", "resources"];
        if envoy.iter().any(|name| tree.get(name).is_some()) {
            return Some(Self::Envoy);
        }
        if tree.get("apps").is_some() {
            return Some(Self::Caddy);
        }
        if ["pools", "route", "routes"].iter().any(|name| tree.get(name).is_some()) {
            return Some(Self::Mcrouter);
        }
        let pools = tree.as_map()?;
        let pool = |tree: &Tree| tree.get("listen").is_some() || tree.get("servers").is_some();
        (!pools.is_empty() && pools.iter().any(|(_, pool_tree)| pool(pool_tree)))
            .then_some(Self::Twemproxy)
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
                | Self::EndpointSlice
        )
    }
}

/// The first line that only one program writes decides.
fn by_lines(text: &str) -> Option<Format> {
    if text.trim_start().starts_with(['{', '[']) && !text.trim_start().starts_with("[[") {
        return None;
    }
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().take(3).collect();
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            [first, ..] if first.starts_with("--") && first.len() > 3 => {
                return Some(Format::Libmemcached);
            }
            ["global" | "defaults"] => return Some(Format::Haproxy),
            ["defaults" | "backend" | "listen" | "frontend", name, ..]
                if *name != "{" && !line.contains(';') =>
            {
                return Some(Format::Haproxy);
            }
            ["upstream" | "http" | "stream" | "events" | "worker_processes" | "include", ..]
                if line.contains(['{', ';']) =>
            {
                return Some(Format::Nginx);
            }
            ["upstream", _] | ["http" | "stream" | "events"] => return Some(Format::Nginx),
            _ => {}
        }
    }
    None
}

fn by_ending(name: &str) -> Option<Format> {
    match name.rsplit_once('.')?.1 {
        "conf" => Some(Format::Nginx),
        "cfg" => Some(Format::Haproxy),
        "txt" | "list" => Some(Format::Text),
        _ => None,
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
