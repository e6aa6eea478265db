//! Clients: which scheme a program, library or setting has, by the names under which
//! people know it.

mod suggest;
mod table;

use crate::scheme::Scheme;

/// A client, or one setting of it, and the scheme that gives its answers.
#[derive(Debug)]
pub struct Client {
    pub(crate) name: &'static str,
    /// Further names by which it is found.
    pub(crate) also: &'static [&'static str],
    pub(crate) language: &'static str,
    pub(crate) versions: &'static str,
    pub(crate) map: Map,
    pub(crate) note: &'static str,
}

/// What is known of a client's map.
#[derive(Debug)]
pub(crate) enum Map {
    /// The text of a scheme that gives its answers.
    Scheme(&'static str),
    /// Why no scheme gives them.
    Unknown(&'static str),
}

impl Client {
    /// Every client that is known, by purpose and name.
    #[must_use]
    pub fn all() -> &'static [Self] {
        table::CLIENTS
    }

    /// The clients of a name, or of one that contains it: upper and lower case, spaces,
    /// `-`, `_` and `.` make no difference.
    ///
    /// ```
    /// use continuum::clients::Client;
    /// let found: Vec<_> = Client::named("python-memcached").collect();
    /// assert!(found.iter().any(|client| client.language() == "Python"));
    /// assert_eq!(Client::named("no such client").count(), 0);
    /// ```
    pub fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        let wanted = letters(name);
        let found = move |client: &&'static Self, whole: bool| {
            let mut names = std::iter::once(&client.name).chain(client.also);
            !wanted.is_empty()
                && names.any(|name| {
                    let name = letters(name);
                    if whole { name == wanted } else { name.contains(&wanted) }
                })
        };
        // A whole name outranks those that it is part of.
        let whole = Self::all().iter().any(|client| found(&client, true));
        Self::all().iter().filter(move |client| found(client, whole))
    }

    /// The client's name, and its setting where that decides.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Further names by which it is found.
    #[must_use]
    pub fn also(&self) -> &'static [&'static str] {
        self.also
    }

    /// The language that it is written in, or is used from.
    #[must_use]
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// The versions of which this is known: those that the scheme was checked against,
    /// where no others are.
    #[must_use]
    pub fn versions(&self) -> &'static str {
        match self.scheme() {
            Some(scheme) if self.versions.is_empty() => scheme.entry().versions(),
            _ => self.versions,
        }
    }

    /// The scheme that gives its answers, if there is one.
    ///
    /// ```
    /// use continuum::clients::Client;
    /// for client in Client::named("vLLM production-stack") {
    ///     assert_eq!(client.scheme().unwrap().name(), "uhashring");
    /// }
    /// ```
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        match self.map {
            Map::Scheme(text) => text.parse().ok(),
            Map::Unknown(_) => None,
        }
    }

    /// The text of that scheme.
    #[must_use]
    pub fn scheme_text(&self) -> Option<&'static str> {
        match self.map {
            Map::Scheme(text) => Some(text),
            Map::Unknown(_) => None,
        }
    }

    /// Why no scheme gives its answers, where none does.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.map {
            Map::Scheme(_) => None,
            Map::Unknown(why) => Some(why),
        }
    }

    /// What else to know; may be empty.
    #[must_use]
    pub fn note(&self) -> &'static str {
        self.note
    }
}

pub(crate) use suggest::suggested;

/// The letters and digits of a name, in lower case.
pub(crate) fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Client, Map};
    use crate::scheme::Scheme;

    #[test]
    fn every_scheme_text_is_one() {
        for client in Client::all() {
            if let Map::Scheme(text) = client.map {
                let scheme = text.parse::<Scheme>();
                assert!(scheme.is_ok(), "{}: {}", client.name, scheme.unwrap_err());
            }
        }
    }

    #[test]
    fn a_scheme_or_a_reason_and_never_both() {
        for client in Client::all() {
            assert_eq!(client.scheme().is_some(), client.reason().is_none(), "{}", client.name);
            assert!(!client.versions().is_empty(), "{}", client.name);
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        for name in ["PyLibMC", "hash_ring", "EnyimMemcachedCore", "redis rb", "twemproxy"] {
            assert!(Client::named(name).next().is_some(), "{name}");
        }
        // A whole name outranks those that it is part of.
        assert!(Client::named("uhashring").count() < Client::named("hashring").count());
        assert_eq!(Client::named("").count(), 0);
    }
}
