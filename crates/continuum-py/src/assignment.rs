//! The native half of the Python class `Assignment`.

use continuum::assignment::{Assignment, Change};
use continuum::{Error, Servers};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;

use crate::count::Count32;
use crate::current::Current;
use crate::error::{ContinuumError, refused};
use crate::keys::Key;
use crate::resolver::Resolver;
use crate::server::{Fields, record};

/// `(slots, fair, copies, pinned, leaving)`
type HoldingRow = (u32, f64, u32, u32, bool);

/// `(slot, before, after)`, of identities.
type MoveRow = (u32, Vec<String>, Vec<String>);

/// `(moves, owners changed, copied, least, left)`
type ChangeRow = (Vec<MoveRow>, u64, u64, u64, u64);

/// A table and the Python object of each of its servers.
#[pyclass(frozen, module = "continuum._native")]
struct Table {
    assignment: Assignment,
    objects: Vec<Py<PyAny>>,
}

#[pymethods]
impl Table {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.objects.iter().try_for_each(|object| visit.call(object))
    }
}

impl Table {
    /// Servers that are as before keep their object.
    fn of(py: Python<'_>, assignment: Assignment, before: Option<&Self>) -> PyResult<Self> {
        let make = py.import(intern!(py, "continuum._server"))?;
        let make = make.getattr(intern!(py, "server_from"))?;
        let known = |server: &continuum::Server| {
            let before = before?;
            let servers = before.assignment.servers();
            let number = servers.index_of(&server.identity())?;
            (servers.get(number) == Some(server)).then(|| &before.objects[number as usize])
        };
        let object = |server: &continuum::Server| match known(server) {
            Some(object) => Ok(object.clone_ref(py)),
            None => make.call1((record(py, server)?,)).map(Bound::unbind),
        };
        let objects = assignment.servers().iter().map(object).collect::<PyResult<_>>()?;
        Ok(Self { assignment, objects })
    }
}

/// A stored table of slots.
///
/// A change replaces it as a whole, so a reader needs no lock. Who changes holds
/// the lock of the Python class.
#[pyclass(frozen, module = "continuum._native")]
pub(crate) struct Slots {
    table: Current<Table>,
}

impl Slots {
    fn holding(py: Python<'_>, assignment: Assignment) -> PyResult<Self> {
        let table = Table::of(py, assignment, None)?;
        Ok(Self { table: Current::new(Bound::new(py, table)?)? })
    }

    fn update<T: Send>(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut Assignment) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let before = self.table.now(py)?;
        let before = before.get();
        let (changed, done) = py.detach(|| {
            let mut assignment = before.assignment.clone();
            let done = change(&mut assignment);
            (assignment, done)
        });
        let done = done.map_err(|error| refused(&error))?;
        let table = Table::of(py, changed, Some(before))?;
        self.table.set(Bound::new(py, table)?)?;
        Ok(done)
    }
}

#[pymethods]
impl Slots {
    #[staticmethod]
    #[pyo3(signature = (continuum, slots, copies, /))]
    fn from_continuum(
        py: Python<'_>,
        continuum: &Resolver,
        slots: Count32,
        copies: Count32,
    ) -> PyResult<Self> {
        let continuum = continuum.continuum(py)?;
        let made = py.detach(|| Assignment::with_copies(&continuum, slots.0, copies.0));
        Self::holding(py, made.map_err(|error| refused(&error))?)
    }

    #[staticmethod]
    #[pyo3(signature = (data, /))]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        let read = py.detach(|| Assignment::from_bytes(data));
        Self::holding(py, read.map_err(|error| refused(&error))?)
    }

    #[staticmethod]
    #[pyo3(signature = (data, /))]
    fn from_json(py: Python<'_>, data: &[u8]) -> PyResult<Self> {
        let read = py.detach(|| serde_json::from_slice(data)).map_err(|error| {
            ContinuumError::new_err(format!("as JSON this is no assignment: {error}"))
        })?;
        Self::holding(py, read)
    }

    fn to_bytes(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let table = self.table.now(py)?;
        let table = table.get();
        Ok(py.detach(|| table.assignment.to_bytes()))
    }

    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let table = self.table.now(py)?;
        let table = table.get();
        py.detach(|| serde_json::to_string(&table.assignment))
            .map_err(|error| ContinuumError::new_err(error.to_string()))
    }

    fn checksum(&self, py: Python<'_>) -> PyResult<u64> {
        let table = self.table.now(py)?;
        let table = table.get();
        Ok(py.detach(|| table.assignment.checksum()))
    }

    /// `(slots, copies)`
    fn size(&self, py: Python<'_>) -> PyResult<(u32, u32)> {
        let table = self.table.now(py)?;
        let table = table.get();
        Ok((table.assignment.slots(), table.assignment.copies()))
    }

    fn servers(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        let table = self.table.now(py)?;
        Ok(table.get().objects.iter().map(|object| object.clone_ref(py)).collect())
    }

    #[pyo3(signature = (key, /))]
    fn slot_of(&self, key: &Bound<'_, PyAny>) -> PyResult<u32> {
        Ok(self.table.now(key.py())?.get().assignment.slot_of(Key::of(key)?.as_bytes()))
    }

    /// None beyond the last slot.
    #[pyo3(signature = (slot, /))]
    fn owner(&self, py: Python<'_>, slot: u32) -> PyResult<Option<Py<PyAny>>> {
        let table = self.table.now(py)?;
        let table = table.get();
        let owner = table.assignment.owner(slot);
        Ok(owner.map(|owner| table.objects[owner as usize].clone_ref(py)))
    }

    #[pyo3(signature = (slot, /))]
    fn holders(&self, py: Python<'_>, slot: u32) -> PyResult<Vec<Py<PyAny>>> {
        let table = self.table.now(py)?;
        let table = table.get();
        let holders = table.assignment.holders(slot).iter();
        Ok(holders.map(|holder| table.objects[*holder as usize].clone_ref(py)).collect())
    }

    #[pyo3(signature = (key, /))]
    fn resolve(&self, key: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyAny>>> {
        let table = self.table.now(key.py())?;
        let table = table.get();
        let slot = table.assignment.slot_of(Key::of(key)?.as_bytes());
        let owner = table.assignment.owner(slot);
        Ok(owner.map(|owner| table.objects[owner as usize].clone_ref(key.py())))
    }

    #[pyo3(signature = (key, /))]
    fn resolve_copies(&self, key: &Bound<'_, PyAny>) -> PyResult<Vec<Py<PyAny>>> {
        self.holders(key.py(), self.slot_of(key)?)
    }

    #[pyo3(signature = (fields, /))]
    fn add_server(&self, py: Python<'_>, fields: Fields<'_>) -> PyResult<()> {
        let server = fields.server()?;
        self.update(py, |assignment| assignment.add_server(server))
    }

    #[pyo3(signature = (identity, /))]
    fn remove_server(&self, py: Python<'_>, identity: &str) -> PyResult<()> {
        self.update(py, |assignment| assignment.remove_server(identity))
    }

    #[pyo3(signature = (identity, capacity, /))]
    fn set_capacity(&self, py: Python<'_>, identity: &str, capacity: f64) -> PyResult<()> {
        let capacity = continuum::Capacity::try_from(capacity).map_err(|error| refused(&error))?;
        self.update(py, |assignment| assignment.set_capacity(identity, capacity).map(drop))
    }

    #[pyo3(signature = (fields, /))]
    fn set_servers(&self, py: Python<'_>, fields: Vec<Fields<'_>>) -> PyResult<()> {
        let mut servers = Servers::new();
        for fields in &fields {
            servers.add(fields.server()?).map_err(|error| refused(&error))?;
        }
        self.update(py, |assignment| assignment.set_servers(&servers))
    }

    #[pyo3(signature = (slot, identity, /))]
    fn pin(&self, py: Python<'_>, slot: u32, identity: &str) -> PyResult<()> {
        self.update(py, |assignment| assignment.pin(slot, identity))
    }

    #[pyo3(signature = (slot, /))]
    fn unpin(&self, py: Python<'_>, slot: u32) -> PyResult<()> {
        self.update(py, |assignment| assignment.unpin(slot))
    }

    /// Slot and server of each pin.
    fn pins(&self, py: Python<'_>) -> PyResult<Vec<(u32, Py<PyAny>)>> {
        let table = self.table.now(py)?;
        let table = table.get();
        let pins = table.assignment.pins();
        let object = |server: u32| table.objects[server as usize].clone_ref(py);
        Ok(pins.map(|(slot, server)| (slot, object(server))).collect())
    }

    fn holdings(&self, py: Python<'_>) -> PyResult<Vec<(Py<PyAny>, HoldingRow)>> {
        let table = self.table.now(py)?;
        let table = table.get();
        let holdings = py.detach(|| table.assignment.holdings());
        let rows =
            holdings.iter().map(|one| (one.slots, one.fair, one.copies, one.pinned, one.leaving));
        Ok(table.objects.iter().map(|object| object.clone_ref(py)).zip(rows).collect())
    }

    #[pyo3(signature = (limit, /))]
    fn next_change(&self, py: Python<'_>, limit: Option<u64>) -> PyResult<ChangeRow> {
        let table = self.table.now(py)?;
        let table = table.get();
        let change = py.detach(|| table.assignment.next_change(limit));
        change.map(|change| row(&change)).map_err(|error| refused(&error))
    }

    #[pyo3(signature = (limit, /))]
    fn change(&self, py: Python<'_>, limit: Option<u64>) -> PyResult<ChangeRow> {
        self.update(py, |assignment| assignment.change(limit)).map(|change| row(&change))
    }

    #[pyo3(signature = (other, /))]
    fn same(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        Ok(self.table.now(py)?.get().assignment == other.table.now(py)?.get().assignment)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.table.visit(&visit)
    }
}

/// What differs between two tables.
#[pyfunction]
#[pyo3(signature = (old, new, /))]
pub(crate) fn difference(py: Python<'_>, old: &Slots, new: &Slots) -> PyResult<ChangeRow> {
    let (old, new) = (old.table.now(py)?, new.table.now(py)?);
    Change::between(&old.get().assignment, &new.get().assignment)
        .map(|change| row(&change))
        .map_err(|error| refused(&error))
}

fn row(change: &Change) -> ChangeRow {
    let names = |numbers: &[u32]| -> Vec<String> {
        numbers.iter().map(|number| change.servers()[*number as usize].to_string()).collect()
    };
    let moves = change.moves().iter();
    (
        moves.map(|one| (one.slot, names(&one.before), names(&one.after))).collect(),
        change.owners_changed(),
        change.copied(),
        change.least(),
        change.left(),
    )
}
