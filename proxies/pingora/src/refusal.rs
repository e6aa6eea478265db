//! Refusal: a backend, or a set of them, that the scheme cannot place.

use std::error::Error;
use std::fmt;

use continuum::Scheme;
use pingora_load_balancing::Backend;

/// Why a backend, or a whole set, has no place in the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    backend: Option<String>,
    why: String,
}

impl Refusal {
    pub(crate) fn backend(backend: &Backend, why: impl fmt::Display) -> Self {
        Self { backend: Some(backend.addr.to_string()), why: why.to_string() }
    }

    pub(crate) fn set(scheme: &Scheme, why: impl fmt::Display) -> Self {
        Self { backend: None, why: format!("scheme '{scheme}' refused the set: {why}") }
    }

    /// The address of the backend that was left out; `None` when the whole set was
    /// refused.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.backend.as_deref()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.backend {
            Some(backend) => write!(f, "backend '{backend}' is left out: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl Error for Refusal {}
