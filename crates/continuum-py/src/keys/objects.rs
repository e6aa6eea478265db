//! Keys as Python objects, in a list or a tuple.

use continuum::{Continuum, Keys};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::{BLOCK, DETACH_FROM, detached};
use crate::error::refused;
use crate::key::{Key, borrowed};

pub(super) enum Batch<'a, 'py> {
    List(&'a Bound<'py, PyList>),
    Tuple(&'a Bound<'py, PyTuple>),
}

impl<'py> Batch<'_, 'py> {
    fn py(&self) -> Python<'py> {
        match self {
            Self::List(keys) => keys.py(),
            Self::Tuple(keys) => keys.py(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::List(keys) => keys.len(),
            Self::Tuple(keys) => keys.len(),
        }
    }

    #[inline]
    fn get(&self, index: usize) -> PyResult<Bound<'py, PyAny>> {
        match self {
            // Another thread may shorten the list while we let it run.
            Self::List(keys) => keys.get_item(index).map_err(|_| {
                PyRuntimeError::new_err("the list of keys got shorter while it was resolved")
            }),
            Self::Tuple(keys) => keys.get_item(index),
        }
    }
}

/// The owners' numbers of keys that are Python objects.
///
/// The bytes are copied together block by block: each object is looked at once,
/// and none needs to be held while other threads run, which would write to the
/// memory of every one.
pub(super) fn owners(continuum: &Continuum, batch: &Batch<'_, '_>) -> PyResult<Vec<u32>> {
    let count = batch.len();
    let mut owners = vec![continuum::NO_OWNER; count];
    let (mut bytes, mut offsets) = (Vec::new(), Vec::with_capacity(count.min(BLOCK) + 1));
    let mut from = 0;
    for block in owners.chunks_mut(BLOCK) {
        bytes.clear();
        offsets.clear();
        offsets.push(0);
        for index in from..from + block.len() {
            let key = batch.get(index)?;
            match borrowed(&key) {
                Some(key) => bytes.extend_from_slice(key),
                None => bytes.extend_from_slice(Key::other(&key)?.as_bytes()),
            }
            offsets.push(bytes.len() as u64);
        }
        from += block.len();
        let keys = Keys::packed(&bytes, &offsets).map_err(|error| refused(&error))?;
        // A block that ends a large batch may be small itself.
        let large = if count >= DETACH_FROM { DETACH_FROM } else { 0 };
        detached(batch.py(), large, || continuum.resolve_all(keys, block));
    }
    Ok(owners)
}
