//! Notes: what a reader of a pool should know, with a topic that programs branch on.

use std::fmt;

use crate::place::Place;

/// Something a reader of the pool should know: it changed no answer, or how it
/// was taken is said here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    place: Place,
    topic: Topic,
    about: Box<str>,
    sentence: Box<str>,
}

/// What a [`Note`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topic {
    /// It does not hash keys, and so it is no pool.
    NotHashed,
    /// A server's place in the list decides what it owns.
    Positional,
    /// A change of servers moves far more keys than it must.
    Churn,
    /// Failing servers are taken out, and their keys move while they are away.
    Ejection,
    /// A server is marked down or disabled.
    Down,
    /// A server that the file lists is not in the pool.
    LeftOut,
    /// A server is listed twice.
    Twice,
    /// The name or address that is hashed does not stay with the machine.
    Identity,
    /// Weights do not count, or not as they are written.
    Capacity,
    /// How the key is taken from a request.
    Key,
    /// Copies go to further servers.
    Copies,
    /// Something else may decide before the hash does.
    Override,
    /// What the file does not say was assumed.
    Assumed,
    /// A part of the file was passed over.
    Unread,
}

impl Topic {
    /// The topic as one lower-case word or two joined by a hyphen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotHashed => "not-hashed",
            Self::Positional => "positional",
            Self::Churn => "churn",
            Self::Ejection => "ejection",
            Self::Down => "down",
            Self::LeftOut => "left-out",
            Self::Twice => "twice",
            Self::Identity => "identity",
            Self::Capacity => "capacity",
            Self::Key => "key",
            Self::Copies => "copies",
            Self::Override => "override",
            Self::Assumed => "assumed",
            Self::Unread => "unread",
        }
    }
}

impl Note {
    pub(crate) fn new(
        place: Place,
        topic: Topic,
        about: &str,
        sentence: impl Into<String>,
    ) -> Self {
        Self { place, topic, about: about.into(), sentence: sentence.into().into_boxed_str() }
    }

    /// The file and line.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What it is about.
    #[must_use]
    pub fn topic(&self) -> Topic {
        self.topic
    }

    /// The thing it speaks of: a server, a directive, a pool.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The note.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}
