//! Keys in NumPy arrays, and numbers of owners as one.

use continuum::{Continuum, Keys};
use numpy::{
    Element, PyArray1, PyArrayDescrMethods as _, PyArrayMethods as _, PyReadonlyArray1,
    PyUntypedArray, PyUntypedArrayMethods as _,
};
use pyo3::exceptions::{PyImportError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::{BLOCK, detached, resolve_packed, resolve_slices};
use crate::error::refused;
use crate::key::{Key, in_row, numbers_under, out_of_range};

/// Numbers as a NumPy array, or where there is no NumPy as an `array.array`.
pub(crate) fn numbers(py: Python<'_>, numbers: Vec<u32>) -> PyResult<Bound<'_, PyAny>> {
    match py.import(intern!(py, "numpy")) {
        Ok(_) => Ok(PyArray1::from_vec(py, numbers).into_any()),
        Err(error) if error.is_instance_of::<PyImportError>(py) => py
            .import(intern!(py, "array"))?
            .call_method1(intern!(py, "array"), ("I", PyList::new(py, numbers)?)),
        Err(error) => Err(error),
    }
}

/// The owners' numbers of an array of text, bytes, integers or objects in one
/// dimension; None for any other thing. Signals are looked at between blocks.
pub(super) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    let py = keys.py();
    // Who has an array has loaded NumPy.
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let Some(numpy) = modules.cast::<PyDict>()?.get_item(intern!(py, "numpy"))? else {
        return Ok(None);
    };
    let Ok(array) = keys.cast::<PyUntypedArray>() else {
        return Ok(None);
    };
    if array.ndim() != 1 {
        return Ok(None);
    }
    let dtype = array.dtype();
    let plain = dtype.itemsize() > 0 && !keys.hasattr(intern!(py, "mask"))?;
    let packed = |wanted: &str| -> PyResult<Bound<'_, PyAny>> {
        let mut array = keys.clone();
        if dtype.is_native_byteorder() == Some(false) {
            let native = dtype.call_method1(intern!(py, "newbyteorder"), ("=",))?;
            array = array.call_method1(intern!(py, "astype"), (native,))?;
        }
        let array = numpy.call_method1(intern!(py, "ascontiguousarray"), (array,))?;
        array.call_method1(intern!(py, "view"), (wanted,))
    };
    match dtype.kind() {
        b'S' if plain => {
            let packed = packed("u1")?;
            let (packed, width) = (read::<u8>(&packed)?, dtype.itemsize());
            let bytes = packed.as_slice()?;
            let mut owners = vec![continuum::NO_OWNER; array.len()];
            let blocks = owners.chunks_mut(BLOCK).zip(bytes.chunks(BLOCK * width));
            for (owners, bytes) in blocks {
                detached(py, array.len(), || {
                    let item =
                        |index: usize| trimmed(&bytes[index * width..(index + 1) * width], 0);
                    resolve_slices(continuum, owners, item);
                });
                py.check_signals()?;
            }
            Ok(Some(owners))
        }
        b'U' if plain => {
            let packed = packed("u4")?;
            let (packed, width) = (read::<u32>(&packed)?, dtype.itemsize() / 4);
            let points = packed.as_slice()?;
            let count = array.len();
            let owners = detached(py, count, || texts(continuum, points, width, count));
            owners.map(Some).map_err(|stop| match stop {
                Stop::NoText(at) => no_text(keys, at),
                Stop::Raised(error) => error,
            })
        }
        b'u' | b'i' if plain => {
            numbers_under(continuum)?;
            if dtype.kind() == b'i' && array.len() > 0 {
                let least = keys.call_method0(intern!(py, "min"))?;
                if least.lt(0)? {
                    let below = keys.call_method1(intern!(py, "__lt__"), (0,))?;
                    let row = below.call_method0(intern!(py, "argmax"))?.extract()?;
                    return Err(in_row(py, row, out_of_range()));
                }
            }
            let numbers = keys.call_method1(intern!(py, "astype"), ("<u8",))?;
            let numbers = numpy.call_method1(intern!(py, "ascontiguousarray"), (numbers,))?;
            let bytes = numbers.call_method1(intern!(py, "view"), ("u1",))?;
            let bytes = read::<u8>(&bytes)?;
            let mut owners = vec![continuum::NO_OWNER; array.len()];
            for (owners, bytes) in owners.chunks_mut(BLOCK).zip(bytes.as_slice()?.chunks(BLOCK * 8))
            {
                let keys = Keys::fixed(bytes, 8).map_err(|error| refused(&error))?;
                detached(py, array.len(), || continuum.resolve_all(keys, owners));
                py.check_signals()?;
            }
            Ok(Some(owners))
        }
        b'S' | b'U' | b'u' | b'i' | b'O' | b'T' => {
            let list = keys.call_method0(intern!(py, "tolist"))?;
            super::owners(continuum, &list).map(Some)
        }
        _ => Ok(None),
    }
}

fn read<'py, T: Element>(array: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, T>> {
    let array = array.cast::<PyArray1<T>>()?;
    array.try_readonly().map_err(|error| PyTypeError::new_err(error.to_string()))
}

/// An item as NumPy gives it: without the zeros that fill it up.
fn trimmed<T: PartialEq>(item: &[T], zero: T) -> &[T] {
    let end = item.iter().rposition(|one| *one != zero).map_or(0, |last| last + 1);
    &item[..end]
}

/// Why texts are not resolved.
enum Stop {
    /// The one of this number holds what is no character.
    NoText(usize),
    /// A signal's handler raised this.
    Raised(PyErr),
}

/// Resolves texts of code points, as UTF-8.
fn texts(
    continuum: &Continuum,
    points: &[u32],
    width: usize,
    count: usize,
) -> Result<Vec<u32>, Stop> {
    let mut all = Vec::with_capacity(count);
    resolve_packed::<Stop>(
        count,
        |numbers, packed| {
            for index in numbers {
                let bytes = &mut packed.bytes;
                for point in trimmed(&points[index * width..(index + 1) * width], 0) {
                    match u8::try_from(*point) {
                        Ok(byte) if byte.is_ascii() => bytes.push(byte),
                        _ => {
                            let character = char::from_u32(*point).ok_or(Stop::NoText(index))?;
                            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                    }
                }
                packed.end_key();
            }
            Ok(())
        },
        |keys, owners| {
            continuum.resolve_all(keys, owners);
            all.extend_from_slice(owners);
            Python::attach(|py| py.check_signals()).map_err(Stop::Raised)
        },
    )?;
    Ok(all)
}

/// What Python says of a text without bytes.
fn no_text(keys: &Bound<'_, PyAny>, at: usize) -> PyErr {
    let refused = keys.get_item(at).and_then(|key| Key::of(&key).map(|_| ()));
    refused.err().unwrap_or_else(|| PyTypeError::new_err(format!("key {at} is no text")))
}
