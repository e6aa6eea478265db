//! What is refused, as Python's exceptions.

use continuum_arrow::Refusal;
use pyo3::PyErr;
use pyo3::exceptions::{PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};

use crate::error::ContinuumError;
use crate::resolver::nothing;

pub(crate) fn told(refusal: Refusal) -> PyErr {
    let sentence = refusal.to_string();
    match refusal {
        Refusal::Null(_) | Refusal::Kind(_) => PyTypeError::new_err(sentence),
        Refusal::Empty => nothing(),
        Refusal::Negative(_) | Refusal::TooMany(_) => PyOverflowError::new_err(sentence),
        Refusal::NoPositions(_) => PyValueError::new_err(sentence),
        Refusal::Core(_) => ContinuumError::new_err(sentence),
        _ => PyRuntimeError::new_err(sentence),
    }
}
