//! `jump.hash` of the Python package jump-consistent-hash.

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;

/// A number from 0 to `num_buckets` - 1, by Lamping and Veach's jump consistent hash.
///
/// Of `key` the low 64 bits count, as in the package. Raises TypeError for what is no
/// integer, OverflowError for a `num_buckets` of more than 32 bits, ValueError for one
/// below 1.
#[pyfunction]
#[pyo3(signature = (key, num_buckets, /))]
pub(crate) fn jump_hash(key: &Bound<'_, PyAny>, num_buckets: &Bound<'_, PyAny>) -> PyResult<i32> {
    let mut key = match key.extract::<u64>() {
        Ok(key) => key,
        Err(_) => low_bits(key)?,
    };
    let buckets = match num_buckets.extract::<i32>() {
        Ok(buckets) if buckets > 0 => buckets,
        _ => return Err(refusal(num_buckets)),
    };
    // As the package computes it. The product is below 2^62: both casts are exact.
    let (mut bucket, mut next) = (0, 0_i64);
    while next < i64::from(buckets) {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let draw = u32::try_from(key >> 33).unwrap_or(u32::MAX);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "bucket is below 2^31 and the quotient below 2^62"
        )]
        let leap = ((bucket + 1) as f64 * (2_147_483_648.0 / (f64::from(draw) + 1.0))) as i64;
        next = leap;
    }
    Ok(i32::try_from(bucket).unwrap_or(i32::MAX))
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
