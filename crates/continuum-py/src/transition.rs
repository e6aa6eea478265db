//! The native half of the Python class `Transition`.

use std::num::NonZero;

use arc_swap::ArcSwap;
use continuum::Transition as Change;
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::basis::basis_row;
use crate::error::refused;
use crate::keys::Key;
use crate::plan::Difference;
use crate::resolver::{Resolver, nothing};
use crate::server::{Record, record};

/// Two continuums while keys move from the one to the other.
///
/// What is done is replaced as a whole: a reader needs no lock. Who writes holds
/// the lock of the Python class.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Transition {
    change: ArcSwap<Change>,
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
            change: ArcSwap::from_pointee(change),
            old: objects(&old.objects),
            new: objects(&new.objects),
        })
    }

    #[pyo3(signature = (key, /))]
    fn write(&self, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let change = self.change.load();
        let owner = change.new_continuum().resolve_index(Key::of(key)?.as_bytes());
        Ok(self.new[owner.ok_or_else(nothing)? as usize].clone_ref(key.py()))
    }

    #[pyo3(signature = (key, /))]
    fn old_owner(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyAny>>> {
        let change = self.change.load();
        let key_bytes = Key::of(key)?;
        if change.old_owner(key_bytes.as_bytes()).is_none() {
            return Ok(None);
        }
        let owner = change.old_continuum().resolve_index(key_bytes.as_bytes());
        Ok(owner.map(|owner| self.old[owner as usize].clone_ref(key.py())))
    }

    /// All up to `last`, included.
    #[pyo3(signature = (first, last, /))]
    fn finish(&self, first: u128, last: u128) -> PyResult<()> {
        let mut change = Change::clone(&self.change.load_full());
        change.finish(first..=last).map_err(|error| refused(&error))?;
        self.change.store(change.into());
        Ok(())
    }

    fn finish_all(&self) {
        let mut change = Change::clone(&self.change.load_full());
        change.finish_all();
        self.change.store(change.into());
    }

    fn is_finished(&self) -> bool {
        self.change.load().is_finished()
    }

    /// `(moving, left, basis, bound)`
    fn progress(&self) -> (f64, f64, &'static str, Option<f64>) {
        let progress = self.change.load().progress();
        let (basis, bound) = basis_row(progress.basis);
        (progress.moving, progress.left, basis, bound)
    }

    fn fingerprints(&self) -> (u64, u64) {
        self.change.load().fingerprints()
    }

    fn plan(&self) -> Difference {
        let change = self.change.load();
        Difference::of(change.old_continuum(), change.new_continuum(), change.plan())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.old.iter().chain(&self.new).try_for_each(|object| visit.call(object))
    }
}

/// The servers at each stop of a ramp, the last being those of `new`.
#[pyfunction]
#[pyo3(signature = (old, new, steps, /))]
pub(crate) fn ramp(
    py: Python<'_>,
    old: &Resolver,
    new: &Resolver,
    steps: u32,
) -> PyResult<Vec<Vec<Record>>> {
    let steps =
        NonZero::new(steps).ok_or_else(|| PyValueError::new_err("a ramp has one step or more"))?;
    let (old, new) = (old.continuum(py)?, new.continuum(py)?);
    let stops =
        py.detach(|| continuum::ramp(&old, &new, steps)).map_err(|error| refused(&error))?;
    Ok(stops.iter().map(|stop| stop.servers().iter().map(record).collect()).collect())
}
