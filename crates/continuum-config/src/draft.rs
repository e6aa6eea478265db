//! A pool in the making: what a reader found, before its scheme is parsed and
//! its servers are put into a set.

use std::collections::BTreeMap;

use continuum::{Scheme, Server, Servers};

use crate::error::{Error, quoted};
use crate::pool::{KeyRule, Note, Place, Pool, Skipped};

/// What a reader found under one name.
#[derive(Debug)]
pub(crate) enum Found {
    Pool(Box<Draft>),
    Skipped(Skipped),
    Refused(Box<str>, Error),
}

impl Found {
    pub(crate) fn skipped(name: &str, place: Place, why: impl Into<String>) -> Self {
        Self::Skipped(Skipped { name: name.into(), why: Note::new(place, why) })
    }

    /// A draft, or the reason why there is none.
    pub(crate) fn of(name: &str, result: Result<Self, Error>) -> Self {
        result.unwrap_or_else(|error| Self::Refused(name.into(), error))
    }
}

impl From<Draft> for Found {
    fn from(draft: Draft) -> Self {
        Self::Pool(Box::new(draft))
    }
}

#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: Box<str>,
    pub(crate) place: Place,
    /// The scheme's text, and the line that decides it.
    pub(crate) scheme: (String, Place),
    pub(crate) servers: Vec<(Server, Place)>,
    pub(crate) key: KeyRule,
    pub(crate) bounded: Option<u32>,
    pub(crate) down: Vec<Box<str>>,
    pub(crate) notes: Vec<Note>,
}

impl Draft {
    pub(crate) fn new(name: &str, place: Place, scheme: impl Into<String>, at: Place) -> Self {
        Self {
            name: name.into(),
            place,
            scheme: (scheme.into(), at),
            servers: Vec::new(),
            key: KeyRule::PLAIN,
            bounded: None,
            down: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, place: Place, sentence: impl Into<String>) {
        self.notes.push(Note::new(place, sentence));
    }

    /// Parses the scheme and makes the set, complaining with the server's line.
    pub(crate) fn finish(self) -> Result<Pool, Error> {
        let (text, at) = self.scheme;
        let scheme: Scheme =
            text.parse().map_err(|error: continuum::Error| Error::new(at, error.to_string()))?;
        if self.servers.is_empty() {
            return Err(Error::new(self.place, "has no servers"));
        }
        let capacities = scheme.capacities();
        let mut servers = Servers::new();
        let mut places: BTreeMap<Box<str>, Place> = BTreeMap::new();
        for (server, place) in self.servers {
            let capacity = server.capacity();
            if !capacities.holds(capacity) {
                return Err(Error::new(
                    place,
                    format!(
                        "server {}: weight {capacity} does not fit scheme '{}', which takes \
                         {capacities}",
                        quoted(&server.identity()),
                        scheme.name(),
                    ),
                ));
            }
            let identity: Box<str> = server.identity().into();
            if let Some(first) = places.get(&identity) {
                let line = first.line();
                return Err(Error::new(
                    place,
                    format!("server {} stands twice, first on line {line}", quoted(&identity)),
                ));
            }
            servers.add(server).map_err(|error| Error::new(place.clone(), error.to_string()))?;
            places.insert(identity, place);
        }
        Ok(Pool {
            name: self.name,
            scheme,
            servers,
            key: self.key,
            bounded: self.bounded,
            down: self.down,
            notes: self.notes,
            place: self.place,
        })
    }
}
