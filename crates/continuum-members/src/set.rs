//! What a source says the members are.

use continuum::{Scheme, Servers};
use continuum_config::KeyRule;

/// Servers and the scheme they are under: a whole answer of a source.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Set {
    /// The scheme: the source's, where it names one.
    pub scheme: Scheme,
    /// The servers, in the source's order.
    pub servers: Servers,
    /// What is hashed of a request, where the source says it.
    pub key: KeyRule,
}

impl Set {
    /// These servers under this scheme.
    #[must_use]
    pub fn new(scheme: Scheme, servers: Servers) -> Self {
        Self { scheme, servers, key: KeyRule::default() }
    }

    /// The same, of which this is hashed.
    #[must_use]
    pub fn with_key(mut self, key: KeyRule) -> Self {
        self.key = key;
        self
    }
}
