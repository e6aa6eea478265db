//! Keys as Python objects, in a list or a tuple.

use continuum::Continuum;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::{DETACH_FROM, detached, resolve_packed};
use crate::key::{Key, borrowed, in_row};

/// Objects that are fetched before the first of them is read: their places in memory
/// are waited for together.
const AHEAD: usize = 16;

/// The owners' numbers of so many keys that are Python objects, all of a list or a
/// tuple, a block of them after the other.
///
/// The bytes are copied together: each object is looked at once, and none needs to be
/// held while other threads run, which would write to the memory of every one. An
/// iterator gives the next object for one call, where a look into the list by number
/// takes two.
pub(super) fn owners_into(
    continuum: &Continuum,
    keys: &Bound<'_, PyAny>,
    count: usize,
    take: &mut dyn FnMut(&[u32]) -> PyResult<()>,
) -> PyResult<()> {
    let (py, mut objects) = (keys.py(), keys.try_iter()?);
    // A block that ends a large batch may be small itself.
    let large = if count >= DETACH_FROM { DETACH_FROM } else { 0 };
    let mut ahead = [const { None }; AHEAD];
    resolve_packed(
        count,
        |numbers, packed| {
            for from in numbers.clone().step_by(AHEAD) {
                let ahead = &mut ahead[..AHEAD.min(numbers.end - from)];
                for object in &mut *ahead {
                    *object = objects.next().transpose()?;
                }
                for (row, object) in (from..).zip(ahead) {
                    // Another thread may shorten the list while we let it run.
                    let Some(key) = object.take() else { return Err(shorter()) };
                    match borrowed(&key) {
                        Some(key) => packed.bytes.extend_from_slice(key),
                        None => {
                            let other = Key::other(&key).and_then(|key| key.under(continuum));
                            let other = other.map_err(|error| in_row(py, row, error))?;
                            packed.bytes.extend_from_slice(other.as_bytes());
                        }
                    }
                    packed.end_key();
                }
            }
            Ok(())
        },
        |keys, owners| {
            detached(py, large, || continuum.resolve_all(keys, owners));
            py.check_signals()?;
            take(owners)
        },
    )
}

#[cold]
fn shorter() -> PyErr {
    PyRuntimeError::new_err("the list of keys got shorter while it was resolved")
}
