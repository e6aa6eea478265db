//! The native half of the Python class `Transition`.

use std::num::NonZero;

use continuum::transition::{Ramp, Transition as Change};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::basis::basis_row;
use crate::count::Count32;
use crate::current::Current;
use crate::error::refused;
use crate::keys::Key;
use crate::plan::Difference;
use crate::resolver::{Resolver, nothing};
use crate::server::records;

/// What is done of a change. Never changed itself.
#[pyclass(frozen, module = "continuum._native")]
struct Done(Change);

/// Two continuums while keys move from the one to the other.
///
/// What is done is replaced as a whole: a reader needs no lock. Who writes holds
/// the lock of the Python class.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Transition {
    done: Current<Done>,
    old: Vec<Py<PyAny>>,
    new: Vec<Py<PyAny>>,
}

#[pymethods]
impl Transition {
    #[staticmethod]
    #[pyo3(signature = (old, new, /))]
    fn between(py: Python<'_>, old: &Resolver, new: &Resolver) -> PyResult<Self> {
        let (old, new) = (old.snapshot(py)?, new.snapshot(py)?);
        let (old, new) = (old.get(), new.get());
        let objects = |objects: &[Py<PyAny>]| -> Vec<Py<PyAny>> {
            objects.iter().map(|object| object.clone_ref(py)).collect()
        };
        let change = py.detach(|| Change::between(&old.continuum, &new.continuum));
        Ok(Self {
            done: Current::new(Bound::new(py, Done(change))?)?,
            old: objects(&old.objects),
            new: objects(&new.objects),
        })
    }

    #[pyo3(signature = (key, /))]
    fn write(&self, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let done = self.done.now(key.py())?;
        let change = &done.get().0;
        let key_bytes = Key::of(key)?.under(change.new_continuum())?;
        let owner = change.new_continuum().resolve_index(key_bytes.as_bytes());
        Ok(self.new[owner.ok_or_else(nothing)? as usize].clone_ref(key.py()))
    }

    #[pyo3(signature = (key, /))]
    fn old_owner(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyAny>>> {
        let done = self.done.now(key.py())?;
        let change = &done.get().0;
        let key_bytes = Key::of(key)?.under(change.old_continuum())?;
        if change.old_owner(key_bytes.as_bytes()).is_none() {
            return Ok(None);
        }
        let owner = change.old_continuum().resolve_index(key_bytes.as_bytes());
        Ok(owner.map(|owner| self.old[owner as usize].clone_ref(key.py())))
    }

    /// All up to `last`, included.
    #[pyo3(signature = (first, last, /))]
    fn finish(&self, py: Python<'_>, first: u128, last: u128) -> PyResult<()> {
        let mut change = self.done.now(py)?.get().0.clone();
        change.finish(first..=last).map_err(|error| refused(&error))?;
        self.done.set(Bound::new(py, Done(change))?)
    }

    fn finish_all(&self, py: Python<'_>) -> PyResult<()> {
        let mut change = self.done.now(py)?.get().0.clone();
        change.finish_all();
        self.done.set(Bound::new(py, Done(change))?)
    }

    fn is_finished(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.done.now(py)?.get().0.is_finished())
    }

    /// `(moving, left, basis, bound)`
    fn progress(&self, py: Python<'_>) -> PyResult<(f64, f64, &'static str, Option<f64>)> {
        let progress = self.done.now(py)?.get().0.progress();
        let (basis, bound) = basis_row(progress.basis);
        Ok((progress.moving, progress.left, basis, bound))
    }

    fn fingerprints(&self, py: Python<'_>) -> PyResult<(u64, u64)> {
        Ok(self.done.now(py)?.get().0.fingerprints())
    }

    fn plan(&self, py: Python<'_>) -> PyResult<Difference> {
        let done = self.done.now(py)?;
        let change = &done.get().0;
        Ok(Difference::of(change.old_continuum(), change.new_continuum(), change.plan()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.done.visit(&visit)?;
        self.old.iter().chain(&self.new).try_for_each(|object| visit.call(object))
    }
}

/// The servers at each stop of a ramp, the last being those of `new`. Signals are looked
/// at between two stops.
#[pyfunction]
#[pyo3(signature = (old, new, steps, /))]
pub(crate) fn ramp<'py>(
    py: Python<'py>,
    old: &Resolver,
    new: &Resolver,
    steps: Count32,
) -> PyResult<Vec<Vec<Bound<'py, PyDict>>>> {
    let steps = NonZero::new(steps.0)
        .ok_or_else(|| PyValueError::new_err("a ramp has one step or more"))?;
    let (old, new) = (old.continuum(py)?, new.continuum(py)?);
    let mut ramp = Ramp::between(&old, &new, steps).map_err(|error| refused(&error))?;
    let mut stops = Vec::new();
    while let Some(stop) = py.detach(|| ramp.next()) {
        if let Some(stop) = stop.map_err(|error| refused(&error))? {
            stops.push(records(py, stop.servers())?);
        }
        py.check_signals()?;
    }
    Ok(stops)
}
