//! Questions that are put to columns of keys.

use continuum::Continuum;
use continuum_arrow::{Answer, Integers, Nulls, Question, Rules};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arrow::{Source, Word, is_arrow, put, told};
use crate::count::Count;
use crate::key::numbers_under;
use crate::keys::holds_integers;
use crate::resolver::Resolver;

/// Where the keys come from. What is no column is no error of the arguments' order.
fn source(keys: &Bound<'_, PyAny>) -> PyResult<Source> {
    if !is_arrow(keys)? {
        let kind = keys.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "an Arrow array or stream of keys is wanted, of any library, not {kind}; for other \
             keys there is resolve_array()"
        )));
    }
    Source::of(keys)
}

#[pyfunction]
#[pyo3(signature = (continuum, keys, answer, nulls, integers, /))]
pub(crate) fn owner_column<'py>(
    continuum: &Resolver,
    keys: &Bound<'py, PyAny>,
    answer: Word<Answer>,
    nulls: Word<Nulls>,
    integers: Word<Integers>,
) -> PyResult<Bound<'py, PyAny>> {
    let (source, rules) = (source(keys)?, rules(nulls, integers));
    let continuum = continuum.continuum(keys.py())?;
    check_integers(&source, rules, &continuum)?;
    put(keys.py(), Question::owner(continuum, answer.0, rules), source)
}

#[pyfunction]
#[pyo3(signature = (continuum, keys, n, zones, answer, nulls, integers, /))]
pub(crate) fn copies_column<'py>(
    continuum: &Resolver,
    keys: &Bound<'py, PyAny>,
    n: Count,
    zones: bool,
    answer: Word<Answer>,
    nulls: Word<Nulls>,
    integers: Word<Integers>,
) -> PyResult<Bound<'py, PyAny>> {
    let (source, rules) = (source(keys)?, rules(nulls, integers));
    let continuum = continuum.continuum(keys.py())?;
    check_integers(&source, rules, &continuum)?;
    put(keys.py(), Question::copies(continuum, n.0, zones, answer.0, rules), source)
}

#[pyfunction]
#[pyo3(signature = (continuum, keys, nulls, integers, /))]
pub(crate) fn position_column<'py>(
    continuum: &Resolver,
    keys: &Bound<'py, PyAny>,
    nulls: Word<Nulls>,
    integers: Word<Integers>,
) -> PyResult<Bound<'py, PyAny>> {
    let (source, rules) = (source(keys)?, rules(nulls, integers));
    let continuum = continuum.continuum(keys.py())?;
    check_integers(&source, rules, &continuum)?;
    put(keys.py(), Question::position(continuum, rules).map_err(told)?, source)
}

#[pyfunction]
#[pyo3(signature = (old, new, keys, answer, nulls, integers, /))]
pub(crate) fn moved_column<'py>(
    old: &Resolver,
    new: &Resolver,
    keys: &Bound<'py, PyAny>,
    answer: Word<Answer>,
    nulls: Word<Nulls>,
    integers: Word<Integers>,
) -> PyResult<Bound<'py, PyAny>> {
    let (source, rules) = (source(keys)?, rules(nulls, integers));
    let (old, new) = (old.continuum(keys.py())?, new.continuum(keys.py())?);
    check_integers(&source, rules, &old)?;
    check_integers(&source, rules, &new)?;
    put(keys.py(), Question::moved(old, new, answer.0, rules), source)
}

/// Refuses integers that stand for bytes under a scheme whose program takes none; digits
/// are text.
fn check_integers(source: &Source, rules: Rules, continuum: &Continuum) -> PyResult<()> {
    match rules.integers {
        Integers::Bytes if holds_integers(&source.kind()) => numbers_under(continuum),
        _ => Ok(()),
    }
}

fn rules(nulls: Word<Nulls>, integers: Word<Integers>) -> Rules {
    Rules { nulls: nulls.0, integers: integers.0 }
}
