//! Counts that a caller gives, refused by their name.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyInt;

/// A whole number of things from 0 up. What is beyond any list counts as all.
pub(crate) struct Count(pub(crate) usize);

impl<'a, 'py> FromPyObject<'a, 'py> for Count {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if !given.is_instance_of::<PyInt>() {
            let kind = given.get_type().name()?;
            return Err(PyTypeError::new_err(format!("a count is an int, not {kind}")));
        }
        if given.lt(0)? {
            return Err(PyValueError::new_err(format!(
                "a count is 0 or more, not {}",
                given.str()?
            )));
        }
        Ok(Self(given.extract().unwrap_or(usize::MAX)))
    }
}

/// The same of things that are numbered by 32 bits.
pub(crate) struct Count32(pub(crate) u32);

impl<'a, 'py> FromPyObject<'a, 'py> for Count32 {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        u32::try_from(Count::extract(given)?.0)
            .map(Self)
            .map_err(|_| PyValueError::new_err(format!("a count is at most {}", u32::MAX)))
    }
}
