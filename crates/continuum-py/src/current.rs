//! What an object points to at the moment.

use std::marker::PhantomData;

use pyo3::PyClass;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// A value that is replaced as a whole, by whoever holds the object.
///
/// A list of one item holds it. Python guards its lists by the lock that a caller has
/// anyway, or where there is no such lock by means of their own; and a list shows the
/// garbage collector what it holds. A pointer that threads swap without Python's help
/// took two locked instructions a look, which was a third of a short `resolve`.
pub(crate) struct Current<T> {
    cell: Py<PyList>,
    kind: PhantomData<fn() -> T>,
}

impl<T: PyClass> Current<T> {
    pub(crate) fn new(value: Bound<'_, T>) -> PyResult<Self> {
        let cell = PyList::new(value.py(), [value])?.unbind();
        Ok(Self { cell, kind: PhantomData })
    }

    /// The value, which stays whole whatever takes its place. None after the garbage
    /// collector has taken it away: finalizers may still ask.
    #[inline]
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, T>> {
        self.cell.bind(py).get_item(0).ok()?.cast_into_exact().ok()
    }

    /// What stands in the value's place: a call that will put a value there.
    #[cold]
    pub(crate) fn deferred<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.cell.bind(py).get_item(0).ok().filter(|item| item.is_callable())
    }

    /// Puts a call in the value's place: who looks first makes it.
    pub(crate) fn defer(&self, call: Bound<'_, PyAny>) -> PyResult<()> {
        self.cell.bind(call.py()).set_item(0, call)
    }

    /// As `get`, for who has no answer without a value.
    pub(crate) fn now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, T>> {
        self.get(py).ok_or_else(|| PyRuntimeError::new_err("the garbage collector has it"))
    }

    pub(crate) fn set(&self, value: Bound<'_, T>) -> PyResult<()> {
        self.cell.bind(value.py()).set_item(0, value)
    }

    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.cell)
    }
}
