//! `continuum schemes`: the catalogue.

use continuum::Scheme;

use crate::failure::Failure;
use crate::input;
use crate::report::{Listed, SchemeReport};

/// Every scheme.
pub(crate) fn list() -> Listed {
    let schemes = Scheme::catalogue().iter().map(|entry| SchemeReport::of(&entry.scheme()));
    Listed { schemes: schemes.collect() }
}

/// One scheme.
pub(crate) fn show(text: &str) -> Result<SchemeReport, Failure> {
    Ok(SchemeReport::of(&input::scheme(text)?))
}
