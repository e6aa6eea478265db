//! A function from keys to objects, without a Python frame where it can be.

use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::current::Current;
use crate::resolver::{Resolver, Snapshot};

/// Gives the object that stands for the owner of a text. Whatever else it is asked, a
/// function of Python's answers: a key that is no text, a text that nobody owns, and
/// any key while no map is served.
///
/// Who hands `find` out may keep it through all changes: what it reads is replaced.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Lookup {
    served: Current<Snapshot>,
    otherwise: Py<PyAny>,
}

#[pymethods]
impl Lookup {
    #[new]
    #[pyo3(signature = (otherwise, /))]
    fn new(py: Python<'_>, otherwise: Py<PyAny>) -> PyResult<Self> {
        Ok(Self { served: Current::new(Bound::new(py, Snapshot::empty())?)?, otherwise })
    }

    /// The object of the owner of a key, or what the function says.
    #[pyo3(signature = (key))]
    fn find(&self, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let py = key.py();
        if let Some(served) = self.served.get(py)
            && let Ok(text) = key.cast_exact::<PyString>()
            && let Ok(text) = text.to_str()
        {
            let served = served.get();
            let owner = served.continuum.resolve_index(text).unwrap_or(continuum::NO_OWNER);
            // NO_OWNER is beyond any list.
            if let Some(object) = served.objects.get(owner as usize) {
                return Ok(object.clone_ref(py));
            }
        }
        self.otherwise.call1(py, (key,))
    }

    /// Serves the map of a resolver, with an object for each of its servers.
    #[pyo3(signature = (resolver, objects, /))]
    fn serve(&self, py: Python<'_>, resolver: &Resolver, objects: Vec<Py<PyAny>>) -> PyResult<()> {
        let continuum = resolver.continuum(py)?;
        if continuum.servers().len() != objects.len() {
            return Err(PyTypeError::new_err("an object for each server"));
        }
        self.served.set(Bound::new(py, Snapshot { continuum, objects })?)
    }

    /// Serves nothing: the function answers everything.
    fn stop(&self, py: Python<'_>) -> PyResult<()> {
        self.served.set(Bound::new(py, Snapshot::empty())?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.served.visit(&visit)?;
        visit.call(&self.otherwise)
    }
}
