//! Answers as Python has them: columns that any Arrow library takes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{ArrowError, FieldRef};
use continuum_arrow::{Question, check_kind, joined};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{
    ArrayIterator, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule,
};

use super::{Source, told};
use crate::keys::{detached, holds_codes};

/// The answers to one array.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Column {
    array: ArrayRef,
    field: FieldRef,
}

/// The answers to several arrays, an array for each.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Columns {
    chunks: Vec<ArrayRef>,
    field: FieldRef,
}

/// Answers that are given as their keys are read: once.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct ColumnReader {
    chunks: Mutex<Option<Chunks>>,
    field: FieldRef,
}

type Chunks = Box<dyn Iterator<Item = Result<ArrayRef, ArrowError>> + Send>;

/// Puts a question to all keys of a source.
pub(crate) fn put(
    py: Python<'_>,
    question: Question,
    source: Source,
) -> PyResult<Bound<'_, PyAny>> {
    check_kind(&source.kind(), question.rules().integers).map_err(told)?;
    let field = question.field();
    match source {
        Source::Array(keys) => {
            let array = detached(py, keys.len(), || answered(&question, &keys))?;
            Ok(Bound::new(py, Column { array, field })?.into_any())
        }
        Source::Reader(mut keys) => {
            let mut row = 0;
            let answers = std::iter::from_fn(move || {
                let answer = keys.next()?.and_then(|keys| {
                    let from = row;
                    row += keys.len();
                    Ok(question.answer(&keys, from)?)
                });
                Some(answer)
            });
            let chunks = Mutex::new(Some(Box::new(answers) as Chunks));
            Ok(Bound::new(py, ColumnReader { chunks, field })?.into_any())
        }
        source @ Source::Chunks(_) => {
            let (mut chunks, mut row) = (Vec::new(), 0);
            source.each(py, |keys| {
                let answer = detached(py, keys.len(), || question.answer(&keys, row));
                row += keys.len();
                chunks.push(answer.map_err(told)?);
                py.check_signals()
            })?;
            Ok(Bound::new(py, Columns { chunks, field })?.into_any())
        }
    }
}

/// The answers to one array. Where they take long signals are looked at between blocks of it.
fn answered(question: &Question, keys: &ArrayRef) -> PyResult<ArrayRef> {
    /// Fewer rows take a second or two at most, whatever is asked: they are not timed.
    const AT_ONCE: usize = 1 << 16;
    const LONG: Duration = Duration::from_secs(1);
    /// The rows by whose time that of all is estimated.
    const PROBE: usize = 1 << 10;
    /// The rows that are answered between two looks.
    const BLOCK: usize = 1 << 14;
    let whole = || question.answer(keys, 0).map_err(told);
    // The values of a dictionary are asked for once for all its rows.
    if keys.len() <= AT_ONCE || holds_codes(keys.data_type()) {
        return whole();
    }
    let begun = Instant::now();
    let mut parts = vec![question.answer(&keys.slice(0, PROBE), 0).map_err(told)?];
    let probes = u32::try_from(keys.len() / PROBE).unwrap_or(u32::MAX);
    if begun.elapsed().saturating_mul(probes) < LONG {
        return whole();
    }
    let mut looked = begun;
    for from in (PROBE..keys.len()).step_by(BLOCK) {
        let block = keys.slice(from, BLOCK.min(keys.len() - from));
        parts.push(question.answer(&block, from).map_err(told)?);
        // Who holds the interpreter's lock lets it go after some milliseconds.
        if looked.elapsed() > LONG / 5 {
            Python::attach(|py| py.check_signals())?;
            looked = Instant::now();
        }
    }
    joined(&parts).map_err(told)
}

fn stream<'py>(
    py: Python<'py>,
    chunks: Chunks,
    field: &FieldRef,
    requested_schema: Option<Bound<'py, PyCapsule>>,
) -> PyArrowResult<Bound<'py, PyCapsule>> {
    let reader = ArrayIterator::new(chunks, Arc::clone(field));
    to_stream_pycapsule(py, Box::new(reader), requested_schema)
}

fn given(chunks: &[ArrayRef]) -> Chunks {
    let chunks: Vec<ArrayRef> = chunks.to_vec();
    Box::new(chunks.into_iter().map(Ok))
}

#[pymethods]
impl Column {
    /// The array, by Arrow's PyCapsule interface.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyTuple>> {
        to_array_pycapsules(py, Arc::clone(&self.field), &*self.array, requested_schema)
    }

    /// The same as a stream of one array.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        stream(py, given(std::slice::from_ref(&self.array)), &self.field, requested_schema)
    }

    /// Its type.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, &*self.field)
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    fn __repr__(&self) -> String {
        format!("<Column {}, {} rows>", self.field.data_type(), self.array.len())
    }
}

#[pymethods]
impl Columns {
    /// The arrays, by Arrow's PyCapsule interface.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        stream(py, given(&self.chunks), &self.field, requested_schema)
    }

    /// Their type.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, &*self.field)
    }

    fn __len__(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    fn __repr__(&self) -> String {
        let (kind, rows) = (self.field.data_type(), self.__len__());
        format!("<Columns {kind}, {rows} rows in {} chunks>", self.chunks.len())
    }
}

#[pymethods]
impl ColumnReader {
    /// The arrays as they come, by Arrow's PyCapsule interface: once.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner).take();
        let chunks = chunks.ok_or_else(|| {
            PyRuntimeError::new_err("these answers are read as their keys are: once, and that was")
        })?;
        stream(py, chunks, &self.field, requested_schema)
    }

    /// Their type.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, &*self.field)
    }

    fn __repr__(&self) -> String {
        format!("<ColumnReader {}>", self.field.data_type())
    }
}
