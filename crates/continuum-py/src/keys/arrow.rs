//! Numbers of owners for keys in Arrow arrays, of whichever library.

use arrow_array::Array as _;
use arrow_schema::DataType;
use continuum::{Continuum, NO_OWNER};
use continuum_arrow::{Integers, Rules, check_kind, resolve_into};
use pyo3::prelude::*;

use super::{BLOCK, detached};
use crate::arrow::{Source, is_arrow, told};
use crate::key::numbers_under;

/// The owners' numbers of an array or a stream of arrays; None for what is
/// neither. A stream is taken chunk by chunk, and signals are looked at between blocks.
pub(super) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    if !is_arrow(keys)? {
        return Ok(None);
    }
    let py = keys.py();
    let source = Source::of(keys)?;
    // A wrong type is told even if there is no chunk of it.
    check_kind(&source.kind(), Integers::Bytes).map_err(told)?;
    if holds_integers(&source.kind()) {
        numbers_under(continuum)?;
    }
    let mut owners = Vec::new();
    // The values of a dictionary are asked for once for all its rows.
    let most = if holds_codes(&source.kind()) { usize::MAX } else { BLOCK };
    source.each(py, |chunk| {
        for at in (0..chunk.len()).step_by(most) {
            let block = chunk.slice(at, most.min(chunk.len() - at));
            let from = owners.len();
            owners.resize(from + block.len(), NO_OWNER);
            let owners = &mut owners[from..];
            let resolved = detached(py, chunk.len(), || {
                resolve_into(continuum, &block, Rules::default(), from, owners)
            });
            resolved.map_err(told)?;
            py.check_signals()?;
        }
        Ok(())
    })?;
    Ok(Some(owners))
}

/// Whether the keys of a type are codes of a dictionary.
pub(crate) fn holds_codes(kind: &DataType) -> bool {
    match kind {
        DataType::Struct(fields) => fields.iter().any(|field| holds_codes(field.data_type())),
        kind => matches!(kind, DataType::Dictionary(_, _)),
    }
}

/// Whether the keys of a type are integers.
pub(crate) fn holds_integers(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => holds_integers(values),
        DataType::Struct(fields) => fields.iter().any(|field| holds_integers(field.data_type())),
        kind => kind.is_integer(),
    }
}
