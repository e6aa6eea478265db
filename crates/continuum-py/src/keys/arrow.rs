//! Keys in Arrow arrays, of whichever library: they come through the Arrow
//! PyCapsule interface and are not copied.

use arrow_array::types::{ByteArrayType, ByteViewType};
use arrow_array::{
    Array, GenericByteArray, GenericByteViewArray, cast::AsArray as _, downcast_integer_array,
    new_empty_array,
};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{ArrowError, DataType};
use continuum::{Continuum, Keys};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyArray;

use super::{detached, resolve_slices};
use crate::error::refused;
use crate::key::out_of_range;

/// The owners' numbers of an array or a stream of arrays; None for what is
/// neither. A stream is taken chunk by chunk.
pub(super) fn owners(continuum: &Continuum, keys: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    let py = keys.py();
    if !keys.hasattr(intern!(py, "__arrow_c_array__"))?
        && !keys.hasattr(intern!(py, "__arrow_c_stream__"))?
    {
        return Ok(None);
    }
    let chunks = keys.extract::<AnyArray>()?.into_reader()?;
    // A wrong type is told even if there is no chunk of it.
    resolve(continuum, &*new_empty_array(chunks.field().data_type()), 0, &mut [])?;
    let mut owners = Vec::new();
    for chunk in chunks {
        let chunk = chunk.map_err(|error| failed(&error))?;
        let from = owners.len();
        owners.resize(from + chunk.len(), continuum::NO_OWNER);
        let owners = &mut owners[from..];
        detached(py, chunk.len(), || resolve(continuum, &*chunk, from, owners))?;
    }
    Ok(Some(owners))
}

fn failed(error: &ArrowError) -> PyErr {
    PyRuntimeError::new_err(format!("the stream of keys failed: {error}"))
}

/// Resolves one array; `from` is the number of its first key.
fn resolve(
    continuum: &Continuum,
    array: &dyn Array,
    from: usize,
    owners: &mut [u32],
) -> PyResult<()> {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    if let Some(at) = nulls.and_then(|nulls| (0..nulls.len()).find(|at| nulls.is_null(*at))) {
        return Err(PyTypeError::new_err(format!(
            "key {} is null, which nobody owns: drop the nulls or fill them",
            from + at
        )));
    }
    match array.data_type() {
        DataType::Utf8 => small(continuum, array.as_string::<i32>(), owners),
        DataType::Binary => small(continuum, array.as_binary::<i32>(), owners),
        DataType::LargeUtf8 => large(continuum, array.as_string::<i64>(), owners),
        DataType::LargeBinary => large(continuum, array.as_binary::<i64>(), owners),
        DataType::Utf8View => views(continuum, array.as_string_view(), owners),
        DataType::BinaryView => views(continuum, array.as_binary_view(), owners),
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            resolve_slices(continuum, owners, |index| array.value(index));
            Ok(())
        }
        DataType::Dictionary(_, _) => {
            let array = array.as_any_dictionary();
            let values = array.values();
            let mut of_values = vec![continuum::NO_OWNER; values.len()];
            // A null among the values is one of no key: that was looked at above.
            resolve(continuum, &*without_nulls(values)?, from, &mut of_values)?;
            if !of_values.is_empty() {
                for (owner, value) in owners.iter_mut().zip(array.normalized_keys()) {
                    *owner = of_values[value];
                }
            }
            Ok(())
        }
        _ => integers(continuum, array, owners),
    }
}

/// The same values, those that are null being what lies below them.
fn without_nulls(values: &dyn Array) -> PyResult<arrow_array::ArrayRef> {
    let data = values.to_data().into_builder().nulls(None).build();
    data.map(arrow_array::make_array).map_err(|error| failed(&error))
}

/// Offsets of 32 bits, which are not negative: as such they are taken in place.
fn small<T: ByteArrayType<Offset = i32>>(
    continuum: &Continuum,
    array: &GenericByteArray<T>,
    owners: &mut [u32],
) -> PyResult<()> {
    let offsets = ScalarBuffer::<u32>::from(array.offsets().inner().inner().clone());
    let keys = Keys::packed32(array.value_data(), &offsets).map_err(|error| refused(&error))?;
    continuum.resolve_all(keys, owners);
    Ok(())
}

/// The same with 64 bits.
fn large<T: ByteArrayType<Offset = i64>>(
    continuum: &Continuum,
    array: &GenericByteArray<T>,
    owners: &mut [u32],
) -> PyResult<()> {
    let offsets = ScalarBuffer::<u64>::from(array.offsets().inner().inner().clone());
    let keys = Keys::packed(array.value_data(), &offsets).map_err(|error| refused(&error))?;
    continuum.resolve_all(keys, owners);
    Ok(())
}

fn views<T: ByteViewType + ?Sized>(
    continuum: &Continuum,
    array: &GenericByteViewArray<T>,
    owners: &mut [u32],
) -> PyResult<()> {
    resolve_slices(continuum, owners, |index| array.value(index).as_ref());
    Ok(())
}

/// Integers: as single ones, their eight little-endian bytes.
fn integers(continuum: &Continuum, array: &dyn Array, owners: &mut [u32]) -> PyResult<()> {
    let mut bytes = Vec::with_capacity(owners.len() * 8);
    downcast_integer_array!(
        array => {
            for number in array.values().iter() {
                let number = u64::try_from(i128::from(*number)).map_err(|_| out_of_range())?;
                bytes.extend_from_slice(&number.to_le_bytes());
            }
        },
        other => return Err(PyTypeError::new_err(format!(
            "an Arrow array of keys holds strings, binaries or integers, not {other}; of a table \
             name one column"
        )))
    );
    let keys = Keys::fixed(&bytes, 8).map_err(|error| refused(&error))?;
    continuum.resolve_all(keys, owners);
    Ok(())
}
