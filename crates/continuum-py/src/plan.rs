//! The native half of the Python class `Plan`.

use std::sync::OnceLock;

use continuum::plan::{Matching, MovedRange, Part};
use continuum::{Continuum, Plan};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::basis::basis_row;
use crate::keys::{Held, Key};
use crate::resolver::Resolver;

/// A server before or after: `(capacity, share, fair)`.
type PartRow = (f64, f64, f64);

/// `(identity, before, after)`.
type ServerRow = (String, Option<PartRow>, Option<PartRow>);

/// `(old owner, new owner, share)`.
type FlowRow = (Option<String>, Option<String>, f64);

/// `(key, old owner, new owner)`.
type ExampleRow = (String, Option<String>, Option<String>);

/// `(first, last, old owner, new owner)`.
type RangeRow = (u128, u128, Option<String>, Option<String>);

/// Signals are looked at after so many keys.
const LOOKED_AT: usize = 1 << 14;

/// What two continuums differ in, and the two as they were compared.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Difference {
    old: Continuum,
    new: Continuum,
    plan: Plan,
    /// What moves, listed when it is first asked for.
    ranges: OnceLock<Option<Vec<MovedRange>>>,
}

impl Difference {
    fn made(old: Continuum, new: Continuum, plan: Plan) -> Self {
        Self { old, new, plan, ranges: OnceLock::new() }
    }

    fn ranges(&self) -> Option<&[MovedRange]> {
        let list = || self.plan.moves().ranges().map(|ranges| ranges.into_owned());
        self.ranges.get_or_init(list).as_deref()
    }

    fn name(&self, number: Option<u32>) -> Option<String> {
        self.plan.identity(number).map(str::to_owned)
    }
}

impl Difference {
    /// A plan that was made already.
    pub(crate) fn of(old: &Continuum, new: &Continuum, plan: &Plan) -> Self {
        Self::made(old.clone(), new.clone(), plan.clone())
    }
}

#[pymethods]
impl Difference {
    /// Over the whole key space.
    #[staticmethod]
    #[pyo3(signature = (old, new, /))]
    fn between(py: Python<'_>, old: &Resolver, new: &Resolver) -> PyResult<Self> {
        let (old, new) = (old.continuum(py)?, new.continuum(py)?);
        Ok(py.detach(|| {
            let plan = Plan::between(&old, &new, Matching::Identity);
            Self::made(old, new, plan)
        }))
    }

    /// Over keys, with the sizes of their values. Signals are looked at on the way.
    #[staticmethod]
    #[pyo3(signature = (old, new, keys, sizes, /))]
    fn over_keys(
        py: Python<'_>,
        old: &Resolver,
        new: &Resolver,
        keys: &Bound<'_, PyAny>,
        sizes: Option<Vec<u64>>,
    ) -> PyResult<Self> {
        let (old, new) = (old.continuum(py)?, new.continuum(py)?);
        let held = Held::of(keys)?;
        let keys = held.keys(&[&old, &new])?;
        if let Some(sizes) = sizes.as_ref().filter(|sizes| sizes.len() != keys.len()) {
            let (keys, sizes) = (keys.len(), sizes.len());
            return Err(PyValueError::new_err(format!("{keys} keys, but {sizes} sizes")));
        }
        let keys: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
        let mut raised = None;
        let made = py.detach(|| {
            let size = |index: usize| sizes.as_ref().map(|sizes| sizes[index]);
            let sized = keys.iter().enumerate().map_while(|(index, key)| {
                if raised.is_none() && index % LOOKED_AT == LOOKED_AT - 1 {
                    raised = Python::attach(|py| py.check_signals()).err();
                }
                // Nobody is told of a plan over fewer keys.
                raised.is_none().then(|| (key, size(index)))
            });
            let plan = Plan::over_keys(&old, &new, sized, Matching::Identity);
            Self::made(old, new, plan)
        });
        raised.map_or(Ok(made), Err)
    }

    fn moved(&self) -> f64 {
        self.plan.moved()
    }

    fn least(&self) -> f64 {
        self.plan.least()
    }

    fn needless(&self) -> f64 {
        self.plan.needless()
    }

    fn peaks(&self) -> (f64, f64) {
        self.plan.peaks()
    }

    /// How the shares were found, and within what bound.
    fn basis(&self) -> (&'static str, Option<f64>) {
        basis_row(self.plan.basis())
    }

    /// `(keys, moved keys, bytes, moved bytes)` of a plan over keys.
    fn counts(&self) -> Option<(u64, u64, Option<u64>, Option<u64>)> {
        let counts = self.plan.counts()?;
        Some((counts.keys, counts.moved_keys, counts.bytes, counts.moved_bytes))
    }

    fn servers(&self) -> Vec<ServerRow> {
        let part = |part: Part| (part.capacity, part.share, part.fair);
        let servers = self.plan.servers().iter();
        servers
            .map(|server| {
                (server.identity.to_string(), server.before.map(part), server.after.map(part))
            })
            .collect()
    }

    fn flows(&self) -> Vec<FlowRow> {
        let flows = self.plan.flows().iter();
        flows.map(|flow| (self.name(flow.from), self.name(flow.to), flow.share)).collect()
    }

    /// How many ranges move, and of how many slots they are if not of positions.
    /// None where they cannot be listed.
    fn moved_ranges(&self, py: Python<'_>) -> Option<(usize, Option<u64>)> {
        py.detach(|| Some((self.ranges()?.len(), self.plan.moves().slots())))
    }

    /// One of the ranges that move.
    #[pyo3(signature = (index, /))]
    fn moved_range(&self, index: usize) -> Option<RangeRow> {
        let range = self.ranges()?.get(index)?;
        Some((range.first, range.last, self.name(range.from), self.name(range.to)))
    }

    /// Generated keys whose owner changes.
    #[pyo3(signature = (count, /))]
    fn examples(&self, py: Python<'_>, count: usize) -> Vec<ExampleRow> {
        let examples =
            py.detach(|| Plan::examples(&self.old, &self.new, count, Matching::Identity));
        examples
            .into_iter()
            .map(|one| (one.key, one.from.map(Into::into), one.to.map(Into::into)))
            .collect()
    }
}
