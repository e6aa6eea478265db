//! The native half of the Python classes `InFlight` and `Guard`.

use std::sync::{Mutex, PoisonError};

use continuum::load::{Guard as Held, InFlight as Counts};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::bounded::Bounded;
use crate::keys::Key;
use crate::resolver::{Resolver, nothing};

/// Counts the requests in flight at each server of a continuum.
#[pyclass(frozen, subclass, module = "continuum._native")]
pub(crate) struct InFlight {
    counts: Counts,
    objects: Vec<Py<PyAny>>,
}

impl InFlight {
    /// The number of a server, given as an object or by its identity.
    fn number(&self, server: &Bound<'_, PyAny>) -> PyResult<u32> {
        if let Ok(identity) = server.cast::<PyString>() {
            let found = self.counts.continuum().servers().index_of(identity.to_str()?);
            return found.ok_or_else(|| unknown(server));
        }
        for (number, object) in (0..).zip(&self.objects) {
            if object.bind(server.py()).eq(server)? {
                return Ok(number);
            }
        }
        Err(unknown(server))
    }
}

fn unknown(server: &Bound<'_, PyAny>) -> PyErr {
    let text = server.repr().map_or_else(|_| "?".to_owned(), |text| text.to_string());
    PyValueError::new_err(format!("{text} is not in the continuum"))
}

#[pymethods]
impl InFlight {
    /// `before` is another one whose requests count on.
    #[new]
    #[pyo3(signature = (continuum, bounded, *, _before = None))]
    fn new(
        py: Python<'_>,
        continuum: &Resolver,
        bounded: &Bounded,
        _before: Option<&Self>,
    ) -> PyResult<Self> {
        // One snapshot for both: another thread may change the continuum meanwhile.
        let snapshot = continuum.snapshot(py)?;
        let snapshot = snapshot.get();
        let counts = match _before {
            Some(before) => before.counts.with_continuum(snapshot.continuum.clone()),
            None => Counts::new(snapshot.continuum.clone(), bounded.rule),
        };
        let objects = snapshot.objects.iter().map(|object| object.clone_ref(py)).collect();
        Ok(Self { counts, objects })
    }

    /// `acquire(key: str | bytes | int) -> Guard`
    ///
    /// A server for a request, which is in flight until the guard is released.
    #[pyo3(signature = (key, /))]
    fn acquire(&self, key: &Bound<'_, PyAny>) -> PyResult<Guard> {
        let key_bytes = Key::of(key)?.under(self.counts.continuum())?;
        let held = self.counts.acquire(key_bytes.as_bytes()).ok_or_else(nothing)?;
        Ok(Guard {
            server: self.objects[held.index() as usize].clone_ref(key.py()),
            load: held.load(),
            cap: held.cap(),
            held: Mutex::new(Some(held)),
        })
    }

    /// `load(server: Server | str) -> int`
    ///
    /// Requests in flight at a server, a `Server` or its identity.
    #[pyo3(signature = (server, /))]
    fn load(&self, server: &Bound<'_, PyAny>) -> PyResult<u64> {
        Ok(self.counts.load(self.number(server)?))
    }

    /// `total() -> int`
    ///
    /// Requests in flight in all.
    fn total(&self) -> u64 {
        self.counts.total()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.objects.iter().try_for_each(|object| visit.call(object))
    }
}

/// A request in flight at a server.
#[pyclass(frozen, module = "continuum")]
pub(crate) struct Guard {
    held: Mutex<Option<Held>>,
    #[pyo3(get)]
    server: Py<PyAny>,
    #[pyo3(get)]
    load: u64,
    #[pyo3(get)]
    cap: u64,
}

#[pymethods]
impl Guard {
    /// The request has ended. To be told once or more often.
    fn release(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether the request has ended.
    #[getter]
    fn released(&self) -> bool {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, _exception: &Bound<'_, PyTuple>) {
        self.release();
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let server = self.server.bind(py).repr()?;
        Ok(format!("<Guard {server}, load={}, cap={}>", self.load, self.cap))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)
    }
}
