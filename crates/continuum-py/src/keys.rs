//! Many keys from Python: whatever holds them, their owners' numbers come out.

mod arrow;
mod numpy;
mod objects;

use continuum::Continuum;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyString, PyTuple};

pub(crate) use self::numpy::numbers;
pub(crate) use crate::key::Key;

/// From this many keys on, other threads run while a batch is resolved.
const DETACH_FROM: usize = 4096;

/// Keys whose bytes are gathered at a time: few enough that they are still in the
/// cache when they are hashed; many, because a busy interpreter gives its lock back
/// only after milliseconds.
const BLOCK: usize = 1 << 14;

/// The owners' numbers of an Arrow array, a NumPy array, a list, a tuple or any
/// other iterable of keys.
pub(crate) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    if let Ok(list) = keys.cast::<PyList>() {
        return objects::owners(continuum, &objects::Batch::List(list));
    }
    if let Ok(tuple) = keys.cast::<PyTuple>() {
        return objects::owners(continuum, &objects::Batch::Tuple(tuple));
    }
    refuse_one(keys)?;
    if let Some(owners) = numpy::owners(continuum, keys)? {
        return Ok(owners);
    }
    if let Some(owners) = arrow::owners(continuum, keys)? {
        return Ok(owners);
    }
    let list = PyList::empty(keys.py());
    for key in keys.try_iter()? {
        list.append(key?)?;
    }
    objects::owners(continuum, &objects::Batch::List(&list))
}

/// Resolves without the interpreter's lock if that is worth giving it up.
fn detached<T: Send>(py: Python<'_>, count: usize, resolve: impl FnOnce() -> T + Send) -> T {
    if count >= DETACH_FROM { py.detach(resolve) } else { resolve() }
}

/// Resolves keys that can be had by number, a block of slices at a time.
fn resolve_slices<'k>(continuum: &Continuum, owners: &mut [u32], key: impl Fn(usize) -> &'k [u8]) {
    let mut slices = Vec::with_capacity(owners.len().min(BLOCK));
    let mut from = 0;
    for block in owners.chunks_mut(BLOCK) {
        slices.clear();
        slices.extend((from..from + block.len()).map(&key));
        from += block.len();
        continuum.resolve_all(&slices, block);
    }
}

/// One key is no list of keys, though Python could take it apart.
fn refuse_one(keys: &Bound<'_, PyAny>) -> PyResult<()> {
    if keys.is_instance_of::<PyString>()
        || keys.is_instance_of::<PyBytes>()
        || keys.is_instance_of::<PyByteArray>()
    {
        return Err(PyTypeError::new_err(format!(
            "many keys are wanted, such as a list; for one {} there is resolve()",
            keys.get_type().name()?
        )));
    }
    Ok(())
}

/// Keys that are held all at once, for what runs without Python.
pub(crate) struct Held<'py>(Vec<Bound<'py, PyAny>>);

impl<'py> Held<'py> {
    pub(crate) fn of(keys: &Bound<'py, PyAny>) -> PyResult<Self> {
        refuse_one(keys)?;
        // What an Arrow array of pyarrow gives when iterated is no str.
        let listed = if keys.hasattr(intern!(keys.py(), "to_pylist"))? {
            &keys.call_method0(intern!(keys.py(), "to_pylist"))?
        } else {
            keys
        };
        listed.try_iter()?.collect::<PyResult<_>>().map(Self)
    }

    pub(crate) fn keys(&self) -> PyResult<Vec<Key<'_>>> {
        self.0.iter().map(Key::of).collect()
    }
}
