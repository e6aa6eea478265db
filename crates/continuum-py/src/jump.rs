//! `jump.hash` of the Python package jump-consistent-hash.

mod border;

use std::num::NonZeroU32;

use continuum::compat::jump;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

/// What is no pair of integers in range: says why.
#[pyfunction]
#[pyo3(signature = (key, num_buckets, /))]
fn jump_hash(key: &Bound<'_, PyAny>, num_buckets: &Bound<'_, PyAny>) -> PyResult<u32> {
    let key = match key.extract::<u64>() {
        Ok(key) => key,
        Err(_) => low_bits(key)?,
    };
    let buckets = num_buckets.extract::<i32>().ok().and_then(|count| u32::try_from(count).ok());
    let buckets = buckets.and_then(NonZeroU32::new).ok_or_else(|| refusal(num_buckets))?;
    Ok(jump(key, buckets))
}

/// Adds `jump_hash` to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let other = wrap_pyfunction!(jump_hash, module)?;
    module.add("jump_hash", border::function(&other)?)
}

#[cold]
fn low_bits(key: &Bound<'_, PyAny>) -> PyResult<u64> {
    let whole = key.py().import("operator")?.call_method1(intern!(key.py(), "index"), (key,))?;
    whole.call_method1(intern!(key.py(), "__and__"), (u64::MAX,))?.extract()
}

#[cold]
fn refusal(num_buckets: &Bound<'_, PyAny>) -> PyErr {
    let py = num_buckets.py();
    let whole = match py.import("operator").and_then(|o| o.call_method1("index", (num_buckets,))) {
        Ok(whole) => whole,
        Err(error) => return error,
    };
    if whole.gt(i32::MAX).unwrap_or(false) {
        return PyOverflowError::new_err("signed integer is greater than maximum");
    }
    if whole.lt(i32::MIN).unwrap_or(false) {
        return PyOverflowError::new_err("signed integer is less than minimum");
    }
    PyValueError::new_err(format!("'num_buckets' must be a positive number, got {whole}"))
}
