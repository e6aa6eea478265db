//! The catalogue: one line a scheme, in the order in which they are listed.

use super::python_continuum;
use crate::scheme::SchemeEntry;

/// Every scheme there is.
pub(crate) static CATALOGUE: &[&SchemeEntry] = &[&python_continuum::SCHEME];
