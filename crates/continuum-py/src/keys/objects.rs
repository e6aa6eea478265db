//! Keys as Python objects, in a list or a tuple.

use continuum::Continuum;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::{DETACH_FROM, detached, resolve_packed};
use crate::key::{Key, borrowed};

/// The owners' numbers of so many keys that are Python objects, all of a list or a
/// tuple.
///
/// The bytes are copied together: each object is looked at once, and none needs to be
/// held while other threads run, which would write to the memory of every one. An
/// iterator gives the next object for one call, where a look into the list by number
/// takes two.
pub(super) fn owners(
    continuum: &Continuum,
    keys: &Bound<'_, PyAny>,
    count: usize,
) -> PyResult<Vec<u32>> {
    let (py, mut objects) = (keys.py(), keys.try_iter()?);
    // A block that ends a large batch may be small itself.
    let large = if count >= DETACH_FROM { DETACH_FROM } else { 0 };
    resolve_packed(
        count,
        |_, bytes| {
            // Another thread may shorten the list while we let it run.
            let key = objects.next().unwrap_or_else(|| {
                let shorter = "the list of keys got shorter while it was resolved";
                Err(PyRuntimeError::new_err(shorter))
            })?;
            match borrowed(&key) {
                Some(key) => bytes.extend_from_slice(key),
                None => bytes.extend_from_slice(Key::other(&key)?.as_bytes()),
            }
            Ok(())
        },
        |keys, owners| {
            detached(py, large, || continuum.resolve_all(keys, owners));
        },
    )
}
