//! Where columns of keys come from.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use arrow_array::{ArrayRef, NullArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef};
use continuum_arrow::Refusal;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3_arrow::ffi::{ArrayIterator, ArrayReader};
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
        let (source, field) =
            match unbroken(|| keys.extract::<AnyArray>()).map_err(PyValueError::new_err)?? {
                AnyArray::Array(array) => {
                    let (array, field) = array.into_inner();
                    (Self::Array(array), field)
                }
                stream @ AnyArray::Stream(_) => {
                    let chunks: Chunks = Box::new(Unbroken(stream.into_reader()?));
                    let field = chunks.field();
                    let source = match keys.hasattr(intern!(keys.py(), "__len__"))? {
                        true => Self::given(keys, chunks)?,
                        false => Self::Reader(chunks),
                    };
                    (source, field)
                }
            };
        let column = column(&field);
        refuse_extension(column)?;
        refuse_objects(keys, column.data_type())?;
        Ok(source)
    }

    /// Arrays that are there already, of something with a length.
    fn given(keys: &Bound<'_, PyAny>, chunks: Chunks) -> PyResult<Self> {
        let field = chunks.field();
        if *column(&field).data_type() != DataType::Null {
            return Ok(Self::Chunks(chunks));
        }
        // What polars gives out of a column of nulls alone has a buffer, which Arrow says it
        // has not: only its length can be read.
        Ok(match chunks.collect::<Result<Vec<_>, _>>() {
            Ok(read) => Self::Chunks(Box::new(ArrayIterator::new(read.into_iter().map(Ok), field))),
            Err(_) => Self::Array(Arc::new(NullArray::new(keys.len()?))),
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

/// What is read of another library's memory. The reader of Arrow's C interface panics at some of
/// what breaks its rules, such as an array that was taken before.
fn unbroken<T>(read: impl FnOnce() -> T) -> Result<T, &'static str> {
    panic::catch_unwind(AssertUnwindSafe(read)).map_err(|_| {
        "this breaks the rules of Arrow's C interface: an array was taken before, or says too few \
         buffers, a negative length or a type that is none"
    })
}

/// Chunks of which a broken one is an error, also where another library asks for the next: a
/// panic there would be the end of the process.
struct Unbroken(Chunks);

impl Iterator for Unbroken {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = unbroken(|| self.0.next());
        next.unwrap_or_else(|why| Some(Err(ArrowError::CDataInterface(why.to_owned()))))
    }
}

impl ArrayReader for Unbroken {
    fn field(&self) -> FieldRef {
        self.0.field()
    }
}

/// The column that a table of one stands for.
fn column(field: &Field) -> &Field {
    match field.data_type() {
        DataType::Struct(fields) if fields.len() == 1 => &fields[0],
        _ => field,
    }
}

/// Refuses extension types whose values are texts or switches to who made them, and other
/// bytes in memory: one program would hash the one and another the other.
fn refuse_extension(field: &Field) -> PyResult<()> {
    const REFUSED: [&str; 3] = ["arrow.uuid", "arrow.opaque", "arrow.bool8"];
    let name = field.metadata().get("ARROW:extension:name");
    match name.filter(|name| REFUSED.contains(&name.as_str())) {
        Some(name) => Err(PyTypeError::new_err(format!(
            "a column of Arrow's type {name}: keys are texts, bytes or integers; cast it to one \
             of these"
        ))),
        None => Ok(()),
    }
}

/// Refuses a column of polars' objects, which gives out their addresses in memory as eight
/// bytes each, and no word of that in its Arrow type.
fn refuse_objects(keys: &Bound<'_, PyAny>, kind: &DataType) -> PyResult<()> {
    if *kind != DataType::FixedSizeBinary(8) {
        return Ok(());
    }
    let py = keys.py();
    // Of a series, and of a frame.
    for types in [intern!(py, "dtype"), intern!(py, "dtypes")] {
        if keys.hasattr(types)? && keys.getattr(types)?.str()?.to_str()?.contains("Object") {
            return Err(PyTypeError::new_err(
                "a column of polars' type Object gives out addresses in memory, which are no \
                 keys: make texts of its values, as with polars.Series(map(str, column))",
            ));
        }
    }
    Ok(())
}
