//! Keys from Python: `str` and `bytes` are borrowed, integers become their eight
//! little-endian bytes, other buffers of bytes are copied.

use continuum::Continuum;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyList, PyString, PyTuple};

/// From this many keys on, other threads run while a batch is resolved.
const DETACH_FROM: usize = 4096;

/// Keys of a large batch that are resolved between two looks at Python objects.
/// Few enough that their text is still in the cache when it is hashed (a million
/// shuffled keys: 212 ms by blocks of 2^14, 318 ms by 2^17); many, because a busy
/// interpreter gives its lock back only after milliseconds.
const BLOCK: usize = 1 << 14;

/// The bytes of one key.
pub(crate) enum Key<'a> {
    Borrowed(&'a [u8]),
    Number([u8; 8]),
    Copied(Vec<u8>),
}

impl<'a> Key<'a> {
    #[inline]
    pub(crate) fn of(key: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        match borrowed(key)? {
            Some(bytes) => Ok(Self::Borrowed(bytes)),
            None => Self::other(key),
        }
    }

    #[cold]
    fn other(key: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(bytes) = key.cast::<PyByteArray>() {
            return Ok(Self::Copied(bytes.to_vec()));
        }
        if !key.is_instance_of::<PyBool>() {
            match key.extract::<u64>() {
                Ok(number) => return Ok(Self::Number(number.to_le_bytes())),
                Err(error) if error.is_instance_of::<PyOverflowError>(key.py()) => {
                    return Err(PyOverflowError::new_err("an int key is from 0 to 2**64 - 1"));
                }
                Err(_) => {}
            }
            if let Ok(buffer) = PyBuffer::<u8>::get(key) {
                return Ok(Self::Copied(buffer.to_vec(key.py())?));
            }
        }
        Err(PyTypeError::new_err(format!(
            "a key is str, bytes or int, not {}",
            key.get_type().name()?
        )))
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Number(bytes) => bytes,
            Self::Copied(bytes) => bytes,
        }
    }
}

/// The bytes of a `str` or `bytes`, which cannot change while we hold it.
#[inline]
fn borrowed<'a>(key: &'a Bound<'_, PyAny>) -> PyResult<Option<&'a [u8]>> {
    if let Ok(text) = key.cast::<PyString>() {
        return text.to_str().map(|text| Some(text.as_bytes()));
    }
    Ok(key.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes()))
}

enum Batch<'a, 'py> {
    List(&'a Bound<'py, PyList>),
    Tuple(&'a Bound<'py, PyTuple>),
}

impl<'py> Batch<'_, 'py> {
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

/// The owners' numbers of a list, a tuple or any other iterable of keys.
pub(crate) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    if let Ok(list) = keys.cast::<PyList>() {
        return owners_of(continuum, keys.py(), &Batch::List(list));
    }
    if let Ok(tuple) = keys.cast::<PyTuple>() {
        return owners_of(continuum, keys.py(), &Batch::Tuple(tuple));
    }
    refuse_one(keys)?;
    let list = PyList::empty(keys.py());
    for key in keys.try_iter()? {
        list.append(key?)?;
    }
    owners_of(continuum, keys.py(), &Batch::List(&list))
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
        keys.try_iter()?.collect::<PyResult<_>>().map(Self)
    }

    pub(crate) fn keys(&self) -> PyResult<Vec<Key<'_>>> {
        self.0.iter().map(Key::of).collect()
    }
}

fn owners_of(continuum: &Continuum, py: Python<'_>, batch: &Batch<'_, '_>) -> PyResult<Vec<u32>> {
    let count = batch.len();
    let detach = count >= DETACH_FROM;
    let mut owners = vec![continuum::NO_OWNER; count];
    let mut held: Vec<Bound<'_, PyAny>> = Vec::with_capacity(count.min(BLOCK));
    let mut from = 0;
    for block in owners.chunks_mut(BLOCK) {
        held.clear();
        for index in from..from + block.len() {
            held.push(batch.get(index)?);
        }
        from += block.len();
        resolve_block(continuum, py, &held, block, detach)?;
    }
    Ok(owners)
}

fn resolve_block(
    continuum: &Continuum,
    py: Python<'_>,
    held: &[Bound<'_, PyAny>],
    owners: &mut [u32],
    detach: bool,
) -> PyResult<()> {
    let mut keys: Vec<&[u8]> = Vec::with_capacity(held.len());
    for key in held {
        match borrowed(key)? {
            Some(bytes) => keys.push(bytes),
            None => break,
        }
    }
    let converted: Vec<Key<'_>>;
    if keys.len() < held.len() {
        converted = held.iter().map(Key::of).collect::<PyResult<_>>()?;
        keys = converted.iter().map(Key::as_bytes).collect();
    }
    if detach {
        py.detach(|| continuum.resolve_all(&keys, owners));
    } else {
        continuum.resolve_all(&keys, owners);
    }
    Ok(())
}
