//! The core's one error as a Python exception.

use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

pyo3::create_exception!(
    continuum,
    ContinuumError,
    PyValueError,
    "A server, a set of servers, a scheme or a change was refused. The text names the \
     offending thing and what would be accepted."
);

pub(crate) fn refused(error: &continuum::Error) -> PyErr {
    ContinuumError::new_err(error.to_string())
}
