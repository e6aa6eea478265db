//! Where columns of keys come from.

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use continuum_arrow::Refusal;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3_arrow::ffi::ArrayReader;
use pyo3_arrow::input::AnyArray;

use super::told;

/// Whether an object is an array or a stream of arrays, by the methods that it has.
pub(crate) fn is_arrow(keys: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = keys.py();
    Ok(keys.hasattr(intern!(py, "__arrow_c_array__"))?
        || keys.hasattr(intern!(py, "__arrow_c_stream__"))?)
}

/// Arrays of one kind.
pub(crate) enum Source {
    /// One array.
    Array(ArrayRef),
    /// Several that are there already: what they come from has a length.
    Chunks(Chunks),
    /// Several that come as they are asked for.
    Reader(Chunks),
}

/// Gives one array after the other.
pub(crate) type Chunks = Box<dyn ArrayReader + Send>;

impl Source {
    pub(crate) fn of(keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(match keys.extract::<AnyArray>()? {
            AnyArray::Array(array) => Self::Array(array.into_inner().0),
            stream @ AnyArray::Stream(_) => {
                let chunks = stream.into_reader()?;
                match keys.hasattr(intern!(keys.py(), "__len__"))? {
                    true => Self::Chunks(chunks),
                    false => Self::Reader(chunks),
                }
            }
        })
    }

    /// The type of all its arrays.
    pub(crate) fn kind(&self) -> DataType {
        match self {
            Self::Array(array) => array.data_type().clone(),
            Self::Chunks(chunks) | Self::Reader(chunks) => chunks.field().data_type().clone(),
        }
    }

    /// Gives each array to a function. Who waits for the next one holds no lock: what
    /// makes it may be Python code of another thread.
    pub(crate) fn each(
        self,
        py: Python<'_>,
        mut take: impl FnMut(ArrayRef) -> PyResult<()>,
    ) -> PyResult<()> {
        match self {
            Self::Array(array) => take(array),
            Self::Chunks(mut chunks) | Self::Reader(mut chunks) => {
                while let Some(chunk) = py.detach(|| chunks.next()) {
                    take(chunk.map_err(|error| told(Refusal::from(error)))?)?;
                }
                Ok(())
            }
        }
    }
}
