//! The native base of the Python class `Continuum`.

use continuum::{Continuum, Scheme, Servers};
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::basis::basis_row;
use crate::count::Count;
use crate::current::Current;
use crate::error::refused;
use crate::key::borrowed;
use crate::keys::{Key, numbers, owners, owners_into};
use crate::server::{Fields, records};

/// What resolves keys: a built continuum and the Python object of each server.
/// Never changed, so a reader needs no lock and cannot find it half done.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Snapshot {
    pub(crate) continuum: Continuum,
    pub(crate) objects: Vec<Py<PyAny>>,
}

#[pymethods]
impl Snapshot {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.objects.iter().try_for_each(|object| visit.call(object))
    }
}

impl Snapshot {
    /// Of no servers.
    pub(crate) fn empty() -> Self {
        Self { continuum: Continuum::new(), objects: Vec::new() }
    }

    /// A key, as the scheme takes it.
    fn key<'a>(&self, key: &'a Bound<'_, PyAny>) -> PyResult<Key<'a>> {
        Key::of(key)?.under(&self.continuum)
    }

    /// The numbers of the owners of many keys; there is one for each.
    fn owners(&self, keys: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let owners = owners(&self.continuum, keys)?;
        // No number is as large as the one that stands for none.
        if owners.iter().copied().max() == Some(continuum::NO_OWNER) {
            return Err(nothing());
        }
        Ok(owners)
    }

    /// Whether no key has an owner.
    fn owns_nothing(&self) -> bool {
        self.continuum.ownership().shares().iter().all(|share| *share == 0.0)
    }

    pub(crate) fn object(&self, py: Python<'_>, index: u32) -> PyResult<Py<PyAny>> {
        // NO_OWNER is beyond any list.
        match self.objects.get(index as usize) {
            Some(object) => Ok(object.clone_ref(py)),
            None => Err(nothing()),
        }
    }
}

#[cold]
pub(crate) fn nothing() -> PyErr {
    PyIndexError::new_err("empty continuum")
}

/// Resolves keys by the snapshot that was built last.
///
/// The class is frozen: what changes is which snapshot it points to. A reader
/// takes the one that is there, whatever other threads build meanwhile.
#[pyclass(frozen, subclass, module = "continuum._native")]
pub(crate) struct Resolver {
    snapshot: Current<Snapshot>,
}

impl Resolver {
    /// What resolves keys now.
    #[inline]
    pub(crate) fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Snapshot>> {
        match self.snapshot.get(py) {
            Some(snapshot) => Ok(snapshot),
            None => self.built_now(py),
        }
    }

    /// Builds what was put off until somebody looks. Other threads may put off the next
    /// build before this one is taken: then that is built.
    #[cold]
    fn built_now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Snapshot>> {
        while let Some(build) = self.snapshot.deferred(py) {
            build.call0()?;
            if let Some(snapshot) = self.snapshot.get(py) {
                return Ok(snapshot);
            }
        }
        self.snapshot.get(py).ok_or_else(nothing)
    }

    /// The same without the servers' objects.
    pub(crate) fn continuum(&self, py: Python<'_>) -> PyResult<Continuum> {
        Ok(self.snapshot(py)?.get().continuum.clone())
    }
}

#[pymethods]
impl Resolver {
    /// Arguments are for `__init__` of the class that derives from this.
    #[new]
    #[pyo3(signature = (*_args, **_options))]
    fn new(
        py: Python<'_>,
        _args: &Bound<'_, PyTuple>,
        _options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        Ok(Self { snapshot: Current::new(Bound::new(py, Snapshot::empty())?)? })
    }

    /// `resolve(key: str | bytes | int) -> Server`
    ///
    /// The server that owns a key.
    ///
    /// A str stands for its UTF-8 bytes. Under schemes that take numbers, an int from 0
    /// to 2**64 - 1 stands for its eight little-endian bytes. Raises
    /// IndexError('empty continuum') when nothing owns anything.
    #[pyo3(signature = (key))]
    fn resolve(&self, key: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let snapshot = self.snapshot(key.py())?;
        let snapshot = snapshot.get();
        let owner = match borrowed(key) {
            Some(key) => snapshot.continuum.resolve_index(key),
            None => {
                let key = Key::other(key)?.under(&snapshot.continuum)?;
                snapshot.continuum.resolve_index(key.as_bytes())
            }
        };
        snapshot.object(key.py(), owner.unwrap_or(continuum::NO_OWNER))
    }

    /// `resolve_all(keys: Keys) -> list[Server]`
    ///
    /// The owners of many keys, in their order: the answers of resolve(), faster.
    ///
    /// Takes a list, a tuple or any other iterable of keys; a NumPy array of text,
    /// bytes, integers or objects; an Arrow array or stream of strings, binaries or
    /// integers, dictionaries of them included, of whichever library. Other threads
    /// run while a large batch is resolved. Nobody owns a missing key: None and nulls
    /// are a TypeError.
    #[pyo3(signature = (keys, /))]
    fn resolve_all<'py>(&self, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let snapshot = self.snapshot(keys.py())?;
        let snapshot = snapshot.get();
        let list = PyList::empty(keys.py());
        owners_into(&snapshot.continuum, keys, &mut |owners| {
            for owner in owners {
                // NO_OWNER is beyond any list.
                let object = snapshot.objects.get(*owner as usize).ok_or_else(nothing)?;
                list.append(object)?;
            }
            Ok(())
        })?;
        Ok(list)
    }

    /// `resolve_indices(keys: Keys) -> list[int | None]`
    ///
    /// The numbers of the owners of many keys: 0 for the first server in the
    /// list as it stood when the continuum was generated; None for a key that nobody
    /// owns, as nginx's split_clients leaves some.
    #[pyo3(signature = (keys, /))]
    fn resolve_indices<'py>(&self, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let snapshot = self.snapshot(keys.py())?;
        let snapshot = snapshot.get();
        let owners = owners(&snapshot.continuum, keys)?;
        // No number is as large as the one that stands for none.
        if owners.iter().copied().max() != Some(continuum::NO_OWNER) {
            return PyList::new(keys.py(), owners);
        }
        if snapshot.owns_nothing() {
            return Err(nothing());
        }
        let owned = |owner: u32| Some(owner).filter(|owner| *owner != continuum::NO_OWNER);
        PyList::new(keys.py(), owners.into_iter().map(owned))
    }

    /// `resolve_array(keys: Keys) -> numpy.ndarray of uint32`
    ///
    /// As resolve_indices(), in a NumPy array of uint32: without an object a key.
    /// Where there is no NumPy, in an array.array('I').
    #[pyo3(signature = (keys, /))]
    fn resolve_array<'py>(&self, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        numbers(keys.py(), self.snapshot(keys.py())?.get().owners(keys)?)
    }

    /// `resolve_numbers(keys: Keys) -> numpy.ndarray of uint32`
    ///
    /// The older name of resolve_array().
    #[pyo3(signature = (keys, /))]
    fn resolve_numbers<'py>(&self, keys: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.resolve_array(keys)
    }

    /// `candidates(key: str | bytes | int) -> list[Server]`
    ///
    /// Every server in the key's order of preference, each once, the owner
    /// first. Draining servers (capacity 0) are left out.
    #[pyo3(signature = (key))]
    fn candidates(&self, key: &Bound<'_, PyAny>) -> PyResult<Vec<Py<PyAny>>> {
        self.copies(key, Count(usize::MAX))
    }

    /// `copies(key: str | bytes | int, n: int) -> list[Server]`
    ///
    /// The first n candidates: where copies of a key go. Fewer if there are
    /// fewer servers.
    #[pyo3(signature = (key, n))]
    fn copies(&self, key: &Bound<'_, PyAny>, n: Count) -> PyResult<Vec<Py<PyAny>>> {
        let n = n.0;
        let snapshot = self.snapshot(key.py())?;
        let snapshot = snapshot.get();
        let key_bytes = snapshot.key(key)?;
        let mut candidates = snapshot.continuum.candidates(key_bytes.as_bytes());
        std::iter::from_fn(|| candidates.next_index())
            .take(n)
            .map(|index| snapshot.object(key.py(), index))
            .collect()
    }

    /// `copies_in_zones(key: str | bytes | int, n: int) -> list[Server]`
    ///
    /// Where n copies of a key go so that they share zones as little as can be: the
    /// owner, then the first candidate of every other zone, then the second of every
    /// zone, and so on. Servers without a zone stand in one zone together. Fewer if
    /// there are fewer servers.
    #[pyo3(signature = (key, n))]
    fn copies_in_zones(&self, key: &Bound<'_, PyAny>, n: Count) -> PyResult<Vec<Py<PyAny>>> {
        let n = n.0;
        let snapshot = self.snapshot(key.py())?;
        let snapshot = snapshot.get();
        let key_bytes = snapshot.key(key)?;
        let mut copies = snapshot.continuum.copies_in_zones(key_bytes.as_bytes(), n);
        std::iter::from_fn(|| copies.next_index())
            .map(|index| snapshot.object(key.py(), index))
            .collect()
    }

    /// `resolve_where(key: str | bytes | int, healthy: Callable) -> Server | None`
    ///
    /// The first candidate of a key that passes: the owner while it is healthy, else
    /// who stands in for it. None when nobody passes, or nothing owns anything. The map
    /// is untouched, and each server is asked about at most once.
    #[pyo3(signature = (key, healthy))]
    fn resolve_where(
        &self,
        key: &Bound<'_, PyAny>,
        healthy: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let py = key.py();
        // Stays whole: the function may change the continuum.
        let snapshot = self.snapshot(py)?;
        let snapshot = snapshot.get();
        let mut failure = None;
        let found =
            snapshot.continuum.resolve_index_where(snapshot.key(key)?.as_bytes(), |index| {
                let asked = healthy.call1((snapshot.objects[index as usize].bind(py),));
                match asked.and_then(|answer| answer.is_truthy()) {
                    Ok(passes) => passes,
                    Err(error) => {
                        // Passes, so that nobody else is asked.
                        failure = Some(error);
                        true
                    }
                }
            });
        match failure {
            Some(error) => Err(error),
            None => found.map(|index| snapshot.object(py, index)).transpose(),
        }
    }

    /// `position(key: str | bytes | int) -> int | None`
    ///
    /// Where a key lies in the space of the scheme's hash: its position on a
    /// ring, its slot, its token. None for schemes that hash key and server
    /// together.
    #[pyo3(signature = (key, /))]
    fn position(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<u128>> {
        let snapshot = self.snapshot(key.py())?;
        let snapshot = snapshot.get();
        Ok(snapshot.continuum.position(snapshot.key(key)?.as_bytes()))
    }

    /// `fingerprint() -> int`
    ///
    /// A 64-bit digest of the scheme, its options and the servers: equal in
    /// every process, language and release for the same map.
    fn fingerprint(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.snapshot(py)?.get().continuum.fingerprint())
    }

    /// The scheme that resolves keys now, as text. Defaults are left out.
    #[getter]
    fn scheme(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.snapshot(py)?.get().continuum.scheme().to_string())
    }

    /// The server that owns a position of the scheme's space, or None.
    #[pyo3(signature = (position, /))]
    fn _owner_at(&self, py: Python<'_>, position: u128) -> PyResult<Option<Py<PyAny>>> {
        let snapshot = self.snapshot(py)?;
        let snapshot = snapshot.get();
        let owner = snapshot.continuum.resolve_position(position);
        owner.map(|owner| snapshot.object(py, owner)).transpose()
    }

    /// Topic and sentence of each advice.
    fn _advice(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, String)>> {
        let continuum = self.continuum(py)?;
        Ok(py.detach(|| {
            let advice = continuum.advice();
            advice.iter().map(|one| (one.topic().word(), one.message().to_owned())).collect()
        }))
    }

    /// The servers' objects, their shares, their fair shares, how the shares were
    /// found, and within what bound.
    #[expect(clippy::type_complexity, reason = "a tuple that Python takes apart at once")]
    fn _ownership(
        &self,
        py: Python<'_>,
    ) -> PyResult<(Vec<Py<PyAny>>, Vec<f64>, Vec<f64>, &'static str, Option<f64>)> {
        let snapshot = self.snapshot(py)?;
        let snapshot = snapshot.get();
        let ownership = py.detach(|| snapshot.continuum.ownership());
        let (basis, bound) = basis_row(ownership.basis());
        let objects = snapshot.objects.iter().map(|object| object.clone_ref(py)).collect();
        Ok((
            objects,
            ownership.shares().to_vec(),
            snapshot.continuum.fair_shares().to_vec(),
            basis,
            bound,
        ))
    }

    /// Each server's object and part of n copies; each zone with its servers, its
    /// part, its fair part, the keys that it holds and the most copies of one; the
    /// part of keys with two copies in a zone; the bound of these figures.
    #[expect(clippy::type_complexity, reason = "a tuple that Python takes apart at once")]
    fn _copy_ownership(
        &self,
        py: Python<'_>,
        n: Count,
    ) -> PyResult<(
        Vec<(Py<PyAny>, f64)>,
        Vec<(Option<String>, u32, f64, f64, f64, u32)>,
        f64,
        Option<f64>,
    )> {
        let snapshot = self.snapshot(py)?;
        let snapshot = snapshot.get();
        let held = py.detach(|| snapshot.continuum.copy_ownership(n.0));
        let objects = snapshot.objects.iter().map(|object| object.clone_ref(py));
        let zones = held.zones().iter().map(|zone| {
            let name = zone.zone.as_deref().map(str::to_owned);
            (name, zone.servers, zone.share, zone.fair, zone.keys, zone.most)
        });
        let (_, bound) = basis_row(held.basis());
        Ok((
            objects.zip(held.shares().iter().copied()).collect(),
            zones.collect(),
            held.crowded(),
            bound,
        ))
    }

    /// The servers of the snapshot: their objects, and their fields as built.
    #[expect(clippy::type_complexity, reason = "a tuple that Python takes apart at once")]
    fn _built<'py>(&self, py: Python<'py>) -> PyResult<(Vec<Py<PyAny>>, Vec<Bound<'py, PyDict>>)> {
        let snapshot = self.snapshot(py)?;
        let snapshot = snapshot.get();
        let objects = snapshot.objects.iter().map(|object| object.clone_ref(py)).collect();
        Ok((objects, records(py, snapshot.continuum.servers())?))
    }

    /// Builds a scheme over servers, given as objects and fields, and points to
    /// the result. On an error everything stays as it was.
    fn _build(
        &self,
        py: Python<'_>,
        scheme: &str,
        objects: Vec<Py<PyAny>>,
        fields: Vec<Fields<'_>>,
    ) -> PyResult<()> {
        if objects.len() != fields.len() {
            return Err(PyTypeError::new_err("as many objects as fields"));
        }
        let scheme: Scheme = scheme.parse().map_err(|error| refused(&error))?;
        let mut servers = Servers::new();
        for fields in &fields {
            servers.add(fields.server()?).map_err(|error| refused(&error))?;
        }
        let continuum = py
            .detach(|| Continuum::with_servers(scheme, servers))
            .map_err(|error| refused(&error))?;
        self.snapshot.set(Bound::new(py, Snapshot { continuum, objects })?)
    }

    /// Has the next look call `build`, which is to build what the look needs.
    fn _defer(&self, build: Bound<'_, PyAny>) -> PyResult<()> {
        self.snapshot.defer(build)
    }

    /// Whether a look would have to build first.
    fn _pending(&self, py: Python<'_>) -> bool {
        self.snapshot.get(py).is_none() && self.snapshot.deferred(py).is_some()
    }

    /// Where each stretch of one owner's positions ends, and the owner's object.
    #[expect(clippy::type_complexity, reason = "a list that Python takes apart at once")]
    fn _ranges(&self, py: Python<'_>) -> PyResult<Option<Vec<(u128, u128, Option<Py<PyAny>>)>>> {
        let snapshot = self.snapshot(py)?;
        let snapshot = snapshot.get();
        let Some(ranges) = py.detach(|| snapshot.continuum.ranges()) else { return Ok(None) };
        let object = |owner| snapshot.object(py, owner);
        let row = |range: &continuum::plan::OwnedRange| {
            Ok((range.first, range.last, range.owner.map(object).transpose()?))
        };
        ranges.iter().map(row).collect::<PyResult<_>>().map(Some)
    }

    /// Takes over what another one has built, without building it again.
    fn _adopt(&self, py: Python<'_>, other: &Self) -> PyResult<()> {
        self.snapshot.set(other.snapshot(py)?)
    }

    /// Whether the other one resolves by the same scheme over the same servers.
    fn _same(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.snapshot(py)?.get().continuum == other.snapshot(py)?.get().continuum)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.snapshot.visit(&visit)
    }
}
