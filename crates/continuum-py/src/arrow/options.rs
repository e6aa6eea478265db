//! The words that the calls on columns take.

use continuum_arrow::{Answer, Integers, Nulls};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A value that Python names by a word.
pub(crate) struct Word<T>(pub(crate) T);

/// One of some words, or an error that lists them.
fn word<T: Copy>(
    given: Borrowed<'_, '_, PyAny>,
    option: &str,
    words: &[(&'static str, T)],
) -> PyResult<T> {
    let Ok(text) = given.cast::<PyString>() else {
        let kind = given.get_type().name()?;
        return Err(PyTypeError::new_err(format!("{option} is a str, not {kind}")));
    };
    let text = text.to_str()?;
    let found = words.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = words.iter().map(|(name, _)| format!("'{name}'")).collect();
        let names = names.join(" or ");
        PyValueError::new_err(format!("{option} is {names}, not '{}'", text.escape_debug()))
    })
}

macro_rules! words {
    ($($kind:ty, $option:literal: $($name:literal => $value:expr),+;)+) => {$(
        impl<'a, 'py> FromPyObject<'a, 'py> for Word<$kind> {
            type Error = PyErr;

            fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
                word(given, $option, &[$(($name, $value)),+]).map(Self)
            }
        }
    )+};
}

words! {
    Answer, "answer": "index" => Answer::Index, "name" => Answer::Name, "address" => Answer::Address;
    Nulls, "nulls": "error" => Nulls::Error, "null" => Nulls::Null;
    Integers, "integers": "bytes" => Integers::Bytes, "decimal" => Integers::Decimal;
}
