//! The native half of the Python function `identify`.

use std::num::NonZero;

use continuum::Servers;
use continuum::identify::Identification;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::error::refused;
use crate::keys::{Held, Key};
use crate::server::{Fields, records};

/// A pair that is wrong: `(key, seen, says)`.
type WrongRow<'py> = (Bound<'py, PyBytes>, String, Option<String>);

/// `(scheme, variant, agreed, compared, wrong)`.
type CandidateRow<'py> = (String, &'static str, u64, u64, Option<WrongRow<'py>>);

/// What was found.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Identified {
    found: Identification,
}

/// Ranks every known scheme by how many pairs of a key and a server's text it
/// agrees with. `threads` at most are used; 0 stands for one a processor.
#[pyfunction]
#[pyo3(signature = (keys, seen, servers, threads, /))]
pub(crate) fn identified(
    py: Python<'_>,
    keys: &Bound<'_, PyAny>,
    seen: Vec<String>,
    servers: Vec<Fields<'_>>,
    threads: usize,
) -> PyResult<Identified> {
    let mut set = Servers::new();
    for fields in &servers {
        set.add(fields.server()?).map_err(|error| refused(&error))?;
    }
    let held = Held::of(keys)?;
    let keys = held.keys(&[])?;
    let pairs: Vec<(&[u8], String)> = keys.iter().map(Key::as_bytes).zip(seen).collect();
    let found = py.detach(|| {
        let threads = NonZero::new(threads)
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZero::<usize>::MIN);
        continuum::identify::identify(&pairs, &set, threads)
    });
    Ok(Identified { found: found.map_err(|error| refused(&error))? })
}

#[pymethods]
impl Identified {
    fn candidates<'py>(&self, py: Python<'py>) -> Vec<CandidateRow<'py>> {
        let candidates = self.found.candidates().iter();
        candidates
            .map(|one| {
                let wrong = one.wrong().map(|wrong| {
                    let says = wrong.says.as_ref().map(ToString::to_string);
                    (PyBytes::new(py, &wrong.key), wrong.seen.to_string(), says)
                });
                let variant = one.variant().words();
                (one.scheme().to_string(), variant, one.agreed(), one.compared(), wrong)
            })
            .collect()
    }

    fn tried(&self) -> usize {
        self.found.tried()
    }

    fn untried(&self) -> usize {
        self.found.untried()
    }

    fn unlisted(&self) -> usize {
        self.found.unlisted()
    }

    fn pairs(&self) -> usize {
        self.found.pairs()
    }

    fn pairs_to_tell_apart(&self, py: Python<'_>) -> Option<u64> {
        py.detach(|| self.found.pairs_to_tell_apart())
    }

    /// The servers in the form in which a candidate got them.
    #[pyo3(signature = (rank, /))]
    fn servers<'py>(
        &self,
        py: Python<'py>,
        rank: usize,
    ) -> PyResult<Option<Vec<Bound<'py, PyDict>>>> {
        let candidate = self.found.candidates().get(rank);
        candidate.map(|one| records(py, one.continuum().servers())).transpose()
    }
}
