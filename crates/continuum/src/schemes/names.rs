//! Which scheme a text names.

use std::str::FromStr;

use super::CATALOGUE;
use super::clients::suggested;
use crate::error::{Error, Kind, quoted};
use crate::scheme::{Scheme, SchemeEntry};

impl Scheme {
    /// Every scheme there is, by name.
    #[must_use]
    pub fn catalogue() -> &'static [&'static SchemeEntry] {
        CATALOGUE
    }
}

/// `python-continuum`, the scheme of the 2010 module, which stands first.
impl Default for Scheme {
    fn default() -> Self {
        CATALOGUE[0].scheme()
    }
}

impl FromStr for Scheme {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, options) = text.split_once(':').unwrap_or((text, ""));
        let entry = CATALOGUE
            .iter()
            .find(|entry| entry.name == name || entry.aliases.contains(&name))
            .ok_or_else(|| {
                let known: Vec<&str> = CATALOGUE.iter().map(|entry| entry.name).collect();
                let (may_be, others) = match suggested(name) {
                    texts if texts.is_empty() => ("there are", known),
                    texts => ("perhaps", texts),
                };
                Error::new(
                    Kind::Scheme,
                    format!("no scheme {}; {may_be} {}", quoted(name), others.join(", ")),
                )
            })?;
        entry.with_options(options)
    }
}
