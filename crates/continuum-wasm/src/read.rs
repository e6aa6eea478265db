//! The pools of a configuration that JavaScript has as text.

use continuum::Servers;
use continuum_config::{Config, Options, Pool};
use serde::{Deserialize, Serialize};

/// A text, and how to read it.
#[derive(Deserialize)]
pub(crate) struct Asked {
    text: Text,
    /// How complaints call it; its ending helps to tell the format.
    file: String,
    format: Option<String>,
    scheme: Option<String>,
    port: Option<String>,
    haproxy_dialect: Option<String>,
    #[serde(default)]
    variables: Vec<(String, String)>,
}

/// A text, or the bytes of a file, which may be none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Text(String),
    Bytes(Vec<u8>),
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// What is in it.
#[derive(Serialize)]
pub(crate) struct Read {
    format: &'static str,
    pools: Vec<PoolRow>,
    /// Sets of servers that do not hash keys.
    skipped: Vec<Refused>,
    /// Pools that could not be read.
    refused: Vec<Refused>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct PoolRow {
    name: String,
    scheme: String,
    servers: Servers,
    /// What of a request is hashed.
    hashes: String,
    /// Equal for two pools that hash the same; null where the file does not say.
    mark: Option<String>,
    /// Whether of a key only a part is hashed.
    cuts: bool,
    bounded: Option<u32>,
    down: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Refused {
    name: String,
    why: String,
}

impl Read {
    pub(crate) fn of(asked: &Asked) -> Result<Self, String> {
        let config = Config::parse(&asked.text, &asked.file, &asked.options()?)
            .map_err(|error| error.to_string())?;
        let refused = |(name, error): (&str, &continuum_config::Error)| Refused {
            name: name.to_owned(),
            why: error.to_string(),
        };
        let skipped = |skipped: &continuum_config::Skipped| Refused {
            name: skipped.name().to_owned(),
            why: skipped.why().to_string(),
        };
        let read = Self {
            format: config.format().name(),
            pools: config.pools().iter().map(PoolRow::of).collect(),
            skipped: config.skipped().iter().map(skipped).collect(),
            refused: config.refused().map(refused).collect(),
            notes: config.notes().iter().map(ToString::to_string).collect(),
        };
        if read.pools.is_empty() {
            // Says what is there in its place.
            config.into_pools().map_err(|error| error.to_string())?;
        }
        Ok(read)
    }
}

impl Asked {
    fn options(&self) -> Result<Options, String> {
        let mut options = Options::new();
        if let Some(format) = &self.format {
            let format = format
                .parse()
                .map_err(|error: continuum_config::UnknownFormat| error.to_string())?;
            options = options.with_format(format);
        }
        if let Some(scheme) = &self.scheme {
            let scheme = scheme.parse().map_err(|error: continuum::Error| error.to_string())?;
            options = options.with_scheme(scheme);
        }
        if let Some(port) = &self.port {
            options = options.with_port(port.as_str());
        }
        if let Some(dialect) = &self.haproxy_dialect {
            options = options.with_haproxy_dialect(dialect.as_str());
        }
        for (name, value) in &self.variables {
            options = options.with_variable(name.as_str(), value.as_str());
        }
        Ok(options)
    }
}

impl PoolRow {
    fn of(pool: &Pool) -> Self {
        Self {
            name: pool.name().to_owned(),
            scheme: pool.scheme().to_string(),
            servers: pool.servers().clone(),
            hashes: pool.key().to_string(),
            mark: pool.key().mark(),
            cuts: pool.key().cuts(),
            bounded: pool.bounded(),
            down: pool.down().map(str::to_owned).collect(),
            notes: pool.notes().iter().map(ToString::to_string).collect(),
        }
    }
}
