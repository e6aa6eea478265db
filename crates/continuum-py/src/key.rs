//! One key from Python: `str` and `bytes` are borrowed, integers become their
//! eight little-endian bytes, other buffers of bytes are copied.

use continuum::Continuum;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyMemoryView, PyString};

/// The bytes of one key.
pub(crate) enum Key<'a> {
    Borrowed(&'a [u8]),
    Number([u8; 8]),
    Copied(Vec<u8>),
}

impl<'a> Key<'a> {
    #[inline]
    pub(crate) fn of(key: &'a Bound<'_, PyAny>) -> PyResult<Self> {
        match borrowed(key) {
            Some(bytes) => Ok(Self::Borrowed(bytes)),
            None => Self::other(key),
        }
    }

    /// Of what is no `bytes`, and no `str` with UTF-8 bytes.
    #[cold]
    pub(crate) fn other(key: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(text) = key.cast::<PyString>() {
            // Says what is wrong with it.
            return Ok(Self::Copied(text.to_str()?.as_bytes().to_vec()));
        }
        if let Ok(bytes) = key.cast::<PyByteArray>() {
            return Ok(Self::Copied(bytes.to_vec()));
        }
        if !key.is_instance_of::<PyBool>() {
            match key.extract::<u64>() {
                Ok(number) => return Ok(Self::Number(number.to_le_bytes())),
                Err(error) if error.is_instance_of::<PyOverflowError>(key.py()) => {
                    return Err(out_of_range());
                }
                // What is no number at all; an error of the object's own comes through.
                Err(error) if error.is_instance_of::<PyTypeError>(key.py()) => {}
                Err(error) => return Err(error),
            }
            if let Ok(buffer) = PyBuffer::<u8>::get(key) {
                return Ok(Self::Copied(buffer.to_vec(key.py())?));
            }
            if key.is_instance_of::<PyMemoryView>() {
                return Err(PyTypeError::new_err(
                    "a memoryview is a key where it is not released and its items are bytes: say \
                     key.cast('B')",
                ));
            }
        }
        Err(PyTypeError::new_err(format!(
            "a key is str, bytes or int, not {}",
            key.get_type().name()?
        )))
    }

    /// Refuses a number under a scheme whose program takes none.
    #[inline]
    pub(crate) fn under(self, continuum: &Continuum) -> PyResult<Self> {
        match self {
            Self::Number(_) => numbers_under(continuum).map(|()| self),
            key => Ok(key),
        }
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

/// Refuses numbers under a scheme whose program takes none.
#[cold]
pub(crate) fn numbers_under(continuum: &Continuum) -> PyResult<()> {
    let scheme = continuum.scheme();
    if scheme.entry().takes_numbers() {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!(
        "an int is no key under scheme '{}', whose keys are text: say str(key), or key.to_bytes(8, \
         'little') for its eight bytes",
        scheme.name()
    )))
}

/// An error about one of many keys, with the number of its row. What the caller's own
/// code raised stays as it is.
#[cold]
pub(crate) fn in_row(py: Python<'_>, row: usize, error: PyErr) -> PyErr {
    let kind = error.get_type(py);
    let ours = kind.is(py.get_type::<PyTypeError>()) || kind.is(py.get_type::<PyOverflowError>());
    if ours {
        let told = PyErr::from_type(kind, format!("key {row}: {}", error.value(py)));
        told.set_cause(py, error.cause(py));
        return told;
    }
    if error.is_instance_of::<PyUnicodeEncodeError>(py) {
        let _ = error.add_note(py, format!("key {row}"));
    }
    error
}

#[cold]
pub(crate) fn out_of_range() -> PyErr {
    PyOverflowError::new_err("an int key is from 0 to 2**64 - 1")
}

/// The bytes of a `str` or `bytes`, which cannot change while we hold it. None for
/// a text without UTF-8 bytes too: an `Err` would go through memory on each call.
#[inline(always)]
pub(crate) fn borrowed<'a>(key: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    // Whether it is one exactly is seen at the object; of which class it derives is a
    // call.
    if let Ok(text) = key.cast_exact::<PyString>() {
        return text.to_str().ok().map(str::as_bytes);
    }
    if let Ok(bytes) = key.cast_exact::<PyBytes>() {
        return Some(bytes.as_bytes());
    }
    derived(key)
}

/// As `borrowed`, of what derives from the two classes.
#[cold]
fn derived<'a>(key: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    if let Ok(text) = key.cast::<PyString>() {
        return text.to_str().ok().map(str::as_bytes);
    }
    key.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes())
}
