//! The native half of the Python class `Bounded`.

use std::cell::RefCell;

use continuum::load::{Bounded as Rule, Overflow};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::count::{Count, Count32};
use crate::error::refused;
use crate::keys::Key;
use crate::resolver::{Resolver, nothing};

/// A rule that caps the load of servers.
#[pyclass(frozen, subclass, module = "continuum._native")]
pub(crate) struct Bounded {
    pub(crate) rule: Rule,
}

#[pymethods]
impl Bounded {
    #[new]
    #[pyo3(
        signature = (factor, *, min_cap = Count32(1), overflow = "rendezvous"),
        text_signature = "(factor, *, min_cap=1, overflow='rendezvous')"
    )]
    fn new(factor: f64, min_cap: Count32, overflow: &str) -> PyResult<Self> {
        let overflow = match overflow {
            "rendezvous" => Overflow::Rendezvous,
            "scheme" => Overflow::Scheme,
            other => {
                return Err(PyValueError::new_err(format!(
                    "overflow is 'rendezvous' or 'scheme', not '{other}'"
                )));
            }
        };
        let rule = Rule::new(factor).map_err(|error| refused(&error))?;
        Ok(Self { rule: rule.with_min_cap(min_cap.0).with_overflow(overflow) })
    }

    #[getter]
    fn factor(&self) -> f64 {
        self.rule.factor()
    }

    #[getter]
    fn min_cap(&self) -> u32 {
        self.rule.min_cap()
    }

    #[getter]
    fn overflow(&self) -> &'static str {
        match self.rule.overflow() {
            Overflow::Rendezvous => "rendezvous",
            Overflow::Scheme => "scheme",
        }
    }

    /// The most requests that a server of this fair share may have.
    fn cap(&self, total: Count, fair_share: f64) -> u64 {
        self.rule.cap(u64::try_from(total.0).unwrap_or(u64::MAX), fair_share)
    }

    /// The server for a key under the loads that a function gives.
    #[pyo3(name = "_pick", signature = (continuum, key, load, total, /))]
    fn pick(
        &self,
        continuum: &Resolver,
        key: &Bound<'_, PyAny>,
        load: &Bound<'_, PyAny>,
        total: Option<u64>,
    ) -> PyResult<Py<PyAny>> {
        let snapshot = continuum.snapshot(key.py())?;
        let snapshot = snapshot.get();
        let key_bytes = Key::of(key)?.under(&snapshot.continuum)?;
        let of = |object: &Py<PyAny>| -> PyResult<u64> {
            load.call1((object.bind(load.py()),))?.extract()
        };
        // A function that fails is asked no more, and what it raised is raised.
        let failure = RefCell::new(None);
        let picked = match total {
            Some(total) => {
                self.rule.pick_of(&snapshot.continuum, key_bytes.as_bytes(), total, |at| {
                    if failure.borrow().is_some() {
                        return 0;
                    }
                    of(&snapshot.objects[at as usize]).unwrap_or_else(|error| {
                        failure.replace(Some(error));
                        0
                    })
                })
            }
            None => {
                // Asked once for each server: the total needs all.
                let loads = snapshot.objects.iter().map(of).collect::<PyResult<Vec<u64>>>()?;
                self.rule.pick(&snapshot.continuum, key_bytes.as_bytes(), |at| loads[at as usize])
            }
        };
        if let Some(error) = failure.into_inner() {
            return Err(error);
        }
        snapshot.object(key.py(), picked.ok_or_else(nothing)?)
    }
}
