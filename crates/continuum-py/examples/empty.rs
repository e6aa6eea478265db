//! What a call of an extension costs that does nothing: a class as `Resolver` is,
//! with a method of one argument. `docs/measure/python_speed.py` builds and times it.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

/// Does nothing.
#[pyclass(frozen, subclass)]
struct Empty;

#[pymethods]
impl Empty {
    #[new]
    #[pyo3(signature = (*_args, **_options))]
    fn new(_args: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> Self {
        Self
    }

    /// Takes a key and leaves it.
    #[pyo3(signature = (_key, /))]
    fn call(&self, _key: &Bound<'_, PyAny>) {}
}

/// `empty`
#[pyo3::pymodule(gil_used = false)]
mod empty {
    #[pymodule_export]
    use super::Empty;
}
