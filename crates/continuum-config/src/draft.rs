//! A pool in the making: what a reader found, before its servers are put into a
//! set.

use std::collections::BTreeMap;

use continuum::{Scheme, Server, Servers};

use crate::error::Error;
use crate::format::Format;
use crate::key::{Before, KeyRule};
use crate::limits;
use crate::note::{Note, Topic};
use crate::place::Place;
use crate::pool::{Pool, Skipped};
use crate::quote::quoted;

/// What a reader found under one name.
#[derive(Debug)]
pub(crate) enum Found {
    Pool(Box<Draft>),
    Skipped(Skipped),
    /// About the file as a whole.
    Note(Note),
    Refused(Box<str>, Error),
}

impl Found {
    pub(crate) fn skipped(name: &str, place: Place, why: impl Into<String>) -> Self {
        let why = Note::new(place, Topic::NotHashed, name, why);
        Self::Skipped(Skipped { name: name.into(), why })
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

/// A scheme, set option by option; the first that is refused is told when the
/// pool is made, with the line that decides the scheme.
#[derive(Clone, Debug)]
pub(crate) struct Chosen(Result<Scheme, continuum::Error>);

impl Chosen {
    /// A scheme's name, or its text.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.parse())
    }

    /// With an option at a value, which stands as it is.
    #[must_use]
    pub(crate) fn with(self, option: &str, value: impl ToString) -> Self {
        Self(self.0.and_then(|scheme| scheme.with_option(option, &value.to_string())))
    }

    /// The scheme, unless an option was refused.
    pub(crate) fn scheme(&self) -> Option<&Scheme> {
        self.0.as_ref().ok()
    }

    #[cfg(test)]
    pub(crate) fn shown(&self) -> String {
        self.0.as_ref().map_or_else(ToString::to_string, ToString::to_string)
    }
}

impl From<Scheme> for Chosen {
    fn from(scheme: Scheme) -> Self {
        Self(Ok(scheme))
    }
}

/// What a program makes of a server that is listed twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Twice {
    /// It takes no such list, or what it does with one is not covered.
    Refused,
    /// The points are the same: those of the larger weight.
    Merged,
    /// Each entry has a place of its own: the second one is told apart by `#2`.
    Numbered,
}

#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: Box<str>,
    pub(crate) place: Place,
    pub(crate) scheme: Chosen,
    /// The line that decides the scheme.
    pub(crate) at: Place,
    pub(crate) servers: Vec<(Server, Place)>,
    pub(crate) twice: Twice,
    pub(crate) key: KeyRule,
    pub(crate) bounded: Option<u32>,
    pub(crate) database: Option<u32>,
    pub(crate) down: Vec<Box<str>>,
    pub(crate) notes: Vec<Note>,
}

impl Draft {
    pub(crate) fn new(name: &str, place: Place, scheme: impl Into<Chosen>, at: Place) -> Self {
        Self {
            name: name.into(),
            place,
            scheme: scheme.into(),
            at,
            servers: Vec::new(),
            twice: Twice::Refused,
            key: KeyRule::UNSTATED,
            bounded: None,
            database: None,
            down: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Says what happens to keys before they are hashed, or where they are looked for.
    pub(crate) fn within(&mut self, context: &str) {
        self.key = std::mem::take(&mut self.key).within(context);
    }

    /// Says what changes requests before their keys are taken.
    pub(crate) fn after(&mut self, context: &str, before: Before) {
        self.key = std::mem::take(&mut self.key).after(context, before);
    }

    pub(crate) fn note(
        &mut self,
        place: Place,
        topic: Topic,
        about: &str,
        sentence: impl Into<String>,
    ) {
        self.notes.push(Note::new(place, topic, about, sentence));
    }

    /// Makes the set, complaining with the server's line.
    pub(crate) fn finish(self, format: Format) -> Result<Pool, Error> {
        let scheme = self.scheme.0.map_err(|error| Error::new(self.at, error.to_string()))?;
        if self.servers.is_empty() {
            return Err(Error::new(self.place, "has no servers"));
        }
        let mut set = Set::default();
        for (server, place) in self.servers {
            check_capacity(&scheme, &server).map_err(|s| Error::new(place.clone(), s))?;
            set.add(server, place, self.twice)?;
        }
        let mut notes = self.notes;
        notes.extend(set.notes);
        Ok(Pool {
            format,
            name: self.name,
            scheme,
            servers: set.servers,
            key: self.key,
            bounded: self.bounded,
            database: self.database,
            down: self.down,
            notes,
            place: self.place,
        })
    }
}

fn check_capacity(scheme: &Scheme, server: &Server) -> Result<(), String> {
    let (capacity, capacities) = (server.capacity(), scheme.capacities());
    if capacities.holds(capacity) {
        return Ok(());
    }
    let (identity, name) = (quoted(&server.identity()), scheme.name());
    Err(format!(
        "server {identity}: weight {capacity} does not fit scheme '{name}', which takes {capacities}"
    ))
}

/// Servers, where each stands, and what became of those that are listed twice.
#[derive(Default)]
struct Set {
    servers: Servers,
    places: BTreeMap<Box<str>, (Place, usize)>,
    notes: Vec<Note>,
}

impl Set {
    fn add(&mut self, mut server: Server, place: Place, twice: Twice) -> Result<(), Error> {
        let refuse = |error: continuum::Error| Error::new(place.clone(), error.to_string());
        let identity: Box<str> = server.identity().into();
        if let Some((first, times)) = self.places.get_mut(&identity) {
            let shown = quoted(&identity);
            let sentence =
                format!("server {shown} is listed twice, first on line {}", first.line());
            *times += 1;
            let what = match twice {
                Twice::Refused => return Err(Error::new(place, sentence)),
                Twice::Merged => {
                    let at = self.servers.index_of(&identity);
                    let before = at.and_then(|at| self.servers.get(at)).map(Server::capacity);
                    if before.is_some_and(|before| before < server.capacity()) {
                        let capacity = server.capacity();
                        self.servers.set_capacity(&identity, capacity).map_err(refuse)?;
                    }
                    "its points are the same, those of the larger weight".to_owned()
                }
                Twice::Numbered => {
                    let name = format!("{identity}#{times}");
                    server = server.with_name(name.as_str());
                    self.servers.add(server).map_err(refuse)?;
                    format!("this one is called {} here", quoted(&name))
                }
            };
            if self.notes.len() < limits::REMARKS {
                let sentence = format!("{sentence}: {what}");
                self.notes.push(Note::new(place, Topic::Twice, &identity, sentence));
            }
            return Ok(());
        }
        self.servers.add(server).map_err(refuse)?;
        self.places.insert(identity, (place, 1));
        Ok(())
    }
}

/// Counts servers as they are read, up to the most that one file may list.
#[derive(Default)]
pub(crate) struct Count(usize);

impl Count {
    pub(crate) fn add(&mut self, servers: usize, at: &Place) -> Result<(), Error> {
        self.0 += servers;
        if self.0 > limits::SERVERS {
            let sentence = format!("more than {} servers", limits::SERVERS);
            return Err(Error::new(at.clone(), sentence));
        }
        Ok(())
    }
}
