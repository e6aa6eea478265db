//! Advice: what a person should know about a continuum that works as asked but
//! not as hoped.

use std::fmt;

/// One thing to know, as a sentence and a word for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    topic: Topic,
    message: Box<str>,
}

/// What an [`Advice`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Topic {
    /// Servers with capacity own nothing, or next to nothing.
    Starved,
    /// Nothing can be resolved although there are servers.
    Unresolvable,
    /// The order of the servers decides the map.
    Positional,
    /// A capacity has another effect than its number says.
    Capacity,
    /// The scheme cannot spread the keys well over this set.
    Uneven,
    /// The map is not that of the program which the name suggests.
    Differs,
    /// A change of the set moves far more keys than it must.
    Churn,
    /// Look-ups take longer than they need to.
    Slow,
    /// The map takes far more memory than its servers need.
    Large,
}

impl Topic {
    /// The topic as one lower-case word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Starved => "starved",
            Self::Unresolvable => "unresolvable",
            Self::Positional => "positional",
            Self::Capacity => "capacity",
            Self::Uneven => "uneven",
            Self::Differs => "differs",
            Self::Churn => "churn",
            Self::Slow => "slow",
            Self::Large => "large",
        }
    }
}

impl Advice {
    pub(crate) fn new(topic: Topic, message: impl Into<String>) -> Self {
        Self { topic, message: message.into().into_boxed_str() }
    }

    /// What it is about.
    #[must_use]
    pub fn topic(&self) -> Topic {
        self.topic
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
