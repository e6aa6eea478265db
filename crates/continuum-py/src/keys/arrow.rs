//! Numbers of owners for keys in Arrow arrays, of whichever library.

use continuum::{Continuum, NO_OWNER};
use continuum_arrow::{Integers, Rules, check_kind, resolve_into};
use pyo3::prelude::*;

use super::detached;
use crate::arrow::{Source, is_arrow, told};

/// The owners' numbers of an array or a stream of arrays; None for what is
/// neither. A stream is taken chunk by chunk.
pub(super) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    if !is_arrow(keys)? {
        return Ok(None);
    }
    let py = keys.py();
    let source = Source::of(keys)?;
    // A wrong type is told even if there is no chunk of it.
    check_kind(&source.kind(), Integers::Bytes).map_err(told)?;
    let mut owners = Vec::new();
    source.each(py, |chunk| {
        let from = owners.len();
        owners.resize(from + chunk.len(), NO_OWNER);
        let owners = &mut owners[from..];
        let resolved = detached(py, chunk.len(), || {
            resolve_into(continuum, &chunk, Rules::default(), from, owners)
        });
        resolved.map_err(told)
    })?;
    Ok(Some(owners))
}
