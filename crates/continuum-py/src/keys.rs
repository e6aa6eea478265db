//! Many keys from Python: whatever holds them, their owners' numbers come out.

mod arrow;
mod numpy;
mod objects;

use std::ops::Range;

use continuum::{Continuum, Keys, NO_OWNER};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyMemoryView, PyString, PyTuple};

pub(crate) use self::arrow::{holds_codes, holds_integers};
pub(crate) use self::numpy::numbers;
pub(crate) use crate::key::Key;
use crate::key::in_row;

/// From this many keys on, other threads run while a batch is resolved.
const DETACH_FROM: usize = 4096;

/// Keys whose bytes are gathered at a time: few enough that they are still in the
/// cache when they are hashed; many, because a busy interpreter gives its lock back
/// only after milliseconds.
const BLOCK: usize = 1 << 14;

/// The owners' numbers of an Arrow array, a NumPy array, a list, a tuple or any
/// other iterable of keys.
pub(crate) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let mut all = Vec::with_capacity(listed(keys).unwrap_or(0));
    owners_into(continuum, keys, &mut |owners| {
        all.extend_from_slice(owners);
        Ok(())
    })?;
    Ok(all)
}

/// As `owners`, some of them after the other.
pub(crate) fn owners_into(
    continuum: &Continuum,
    keys: &Bound<'_, PyAny>,
    take: &mut dyn FnMut(&[u32]) -> PyResult<()>,
) -> PyResult<()> {
    if let Some(count) = listed(keys) {
        return objects::owners_into(continuum, keys, count, take);
    }
    refuse_one(keys)?;
    if let Some(owners) = numpy::owners(continuum, keys)? {
        return take(&owners);
    }
    if let Some(owners) = arrow::owners(continuum, keys)? {
        return take(&owners);
    }
    let list = PyList::empty(keys.py());
    for key in keys.try_iter()? {
        list.append(key?)?;
    }
    objects::owners_into(continuum, &list, list.len(), take)
}

/// How many keys a list or a tuple has. What derives from them may give other keys
/// than it holds.
fn listed(keys: &Bound<'_, PyAny>) -> Option<usize> {
    match keys.cast_exact::<PyList>() {
        Ok(list) => Some(list.len()),
        Err(_) => keys.cast_exact::<PyTuple>().ok().map(|tuple| tuple.len()),
    }
}

/// Resolves without the interpreter's lock if that is worth giving it up.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    count: usize,
    resolve: impl FnOnce() -> T + Send,
) -> T {
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

/// Keys one behind the other.
#[derive(Default)]
struct Packed {
    bytes: Vec<u8>,
    /// Where each key begins, and the last ends.
    offsets: Vec<u64>,
}

impl Packed {
    fn clear(&mut self) {
        self.bytes.clear();
        self.offsets.clear();
        self.offsets.push(0);
    }

    /// What was written to `bytes` since the last key is one.
    #[inline]
    fn end_key(&mut self) {
        self.offsets.push(self.bytes.len() as u64);
    }
}

/// Resolves so many keys a block at a time. `pack` is given the numbers of the keys of
/// a block, `resolve` the keys and room for their owners; what one of them refuses ends
/// it all.
fn resolve_packed<E>(
    count: usize,
    mut pack: impl FnMut(Range<usize>, &mut Packed) -> Result<(), E>,
    mut resolve: impl FnMut(Keys<'_>, &mut [u32]) -> Result<(), E>,
) -> Result<(), E> {
    // One room for all: the cache holds it still.
    let mut owners = vec![NO_OWNER; count.min(BLOCK)];
    let mut packed = Packed::default();
    packed.offsets.reserve(owners.len() + 1);
    for from in (0..count).step_by(BLOCK) {
        let to = count.min(from + BLOCK);
        packed.clear();
        pack(from..to, &mut packed)?;
        let keys = Keys::packed(&packed.bytes, &packed.offsets)
            .unwrap_or_else(|_| unreachable!("offsets ascend and end with the bytes"));
        resolve(keys, &mut owners[..to - from])?;
    }
    Ok(())
}

/// One key is no list of keys, though Python could take it apart.
fn refuse_one(keys: &Bound<'_, PyAny>) -> PyResult<()> {
    if keys.is_instance_of::<PyString>()
        || keys.is_instance_of::<PyBytes>()
        || keys.is_instance_of::<PyByteArray>()
        || keys.is_instance_of::<PyMemoryView>()
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

    /// The keys, as each of some continuums takes them.
    pub(crate) fn keys(&self, continuums: &[&Continuum]) -> PyResult<Vec<Key<'_>>> {
        let taken = |key| {
            let mut all = continuums.iter();
            all.try_fold(Key::of(key)?, |key, continuum| key.under(continuum))
        };
        let rows = self.0.iter().enumerate();
        rows.map(|(row, key)| taken(key).map_err(|error| in_row(key.py(), row, error))).collect()
    }
}
