//! A pool: what a configuration says about one set of servers that shares keys.

use std::fmt;

use continuum::{Scheme, Servers};

use crate::format::Format;
use crate::key::KeyRule;
use crate::note::{Note, Topic};
use crate::place::Place;
use crate::quote::quoted;
use crate::remedy::remedy;

/// One set of servers that shares keys, and the scheme that says how.
///
/// ```
/// use continuum_config::{Config, Options};
/// let text = "scheme = \"python-continuum\"\nservers = [\"10.0.0.1:80\", \"10.0.0.2:80=2\"]\n";
/// let config = Config::parse(text, "web.toml", &Options::new())?;
/// let pool = &config.pools()[0];
/// assert_eq!(pool.name(), "web");
/// assert_eq!(pool.scheme().to_string(), "python-continuum");
/// assert_eq!(pool.servers().len(), 2);
/// assert_eq!(pool.place().to_string(), "web.toml:1");
/// # Ok::<(), continuum_config::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    pub(crate) format: Format,
    pub(crate) name: Box<str>,
    pub(crate) scheme: Scheme,
    pub(crate) servers: Servers,
    pub(crate) key: KeyRule,
    pub(crate) bounded: Option<u32>,
    pub(crate) database: Option<u32>,
    pub(crate) down: Vec<Box<str>>,
    pub(crate) notes: Vec<Note>,
    pub(crate) place: Place,
}

impl Pool {
    /// The name: nginx's upstream, HAProxy's backend, Envoy's cluster.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format of its file.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What its file would say instead, in its own words, where something of this
    /// topic was found.
    #[must_use]
    pub fn remedy(&self, topic: Topic) -> Option<&'static str> {
        remedy(self.format, topic)
    }

    /// The scheme, never guessed.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The servers, in the order of the configuration.
    #[must_use]
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// What is hashed.
    #[must_use]
    pub fn key(&self) -> &KeyRule {
        &self.key
    }

    /// The factor of bounded loads in percent, if the configuration bounds them:
    /// HAProxy's `hash-balance-factor`, Envoy's `hash_balance_factor`. The map
    /// then only says where a key goes while no server is over its bound.
    #[must_use]
    pub fn bounded(&self) -> Option<u32> {
        self.bounded
    }

    /// The database of its servers that holds its keys, where the configuration is of Redis
    /// and says it: twemproxy's `redis_db`, which is 0 unless the file says otherwise. It
    /// changes no key's server.
    #[must_use]
    pub fn database(&self) -> Option<u32> {
        self.database
    }

    /// Identities of servers that are in the map and marked down: their keys go
    /// to the next candidate.
    pub fn down(&self) -> impl Iterator<Item = &str> + '_ {
        self.down.iter().map(|identity| &**identity)
    }

    /// What to know about how the pool was read.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Where the pool begins.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// A set of servers in the file that does not hash, and why it is no pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub(crate) name: Box<str>,
    pub(crate) why: Note,
}

impl Skipped {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands, and why it is no pool.
    #[must_use]
    pub fn why(&self) -> &Note {
        &self.why
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.why.place(), quoted(&self.name), self.why.sentence())
    }
}
