//! Servers as Python has them: the fields of the class `Server`, by their names.

use continuum::scheme::Order;
use continuum::{Capacity, Scheme, Server};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString};

use crate::error::{ContinuumError, refused};

/// A server from Python, before anything is known of the values.
#[derive(FromPyObject)]
pub(crate) struct Fields<'py> {
    hostname: Bound<'py, PyAny>,
    port: Bound<'py, PyAny>,
    capacity: Bound<'py, PyAny>,
    name: Bound<'py, PyAny>,
    id: Bound<'py, PyAny>,
    zone: Bound<'py, PyAny>,
    hash_key: Bound<'py, PyAny>,
    guid: Bound<'py, PyAny>,
    instance: Bound<'py, PyAny>,
    endpoint_hostname: Bound<'py, PyAny>,
    locality: Bound<'py, PyAny>,
    locality_weight: Bound<'py, PyAny>,
}

impl Fields<'_> {
    pub(crate) fn server(&self) -> PyResult<Server> {
        let host = self.text(&self.hostname, "hostname")?;
        let mut server = if self.port.is_none() {
            Server::without_port(host)
        } else {
            Server::new(host, self.whole(&self.port, "port", u16::MAX)?)
        };
        server = server.with_capacity(self.capacity()?);
        if !self.name.is_none() {
            server = server.with_name(self.text(&self.name, "name")?);
        }
        if !self.id.is_none() {
            server = server.with_id(self.whole(&self.id, "id", u32::MAX)?);
        }
        if !self.zone.is_none() {
            server = server.with_zone(self.text(&self.zone, "zone")?);
        }
        if !self.hash_key.is_none() {
            server = server.with_hash_key(self.text(&self.hash_key, "hash_key")?);
        }
        if !self.guid.is_none() {
            server = server.with_guid(self.text(&self.guid, "guid")?);
        }
        if !self.instance.is_none() {
            server = server.with_instance(self.text(&self.instance, "instance")?);
        }
        if !self.endpoint_hostname.is_none() {
            server = server.with_hostname(self.text(&self.endpoint_hostname, "endpoint_hostname")?);
        }
        server = self.located(server)?;
        Ok(server)
    }

    /// With its locality, which has a weight or none.
    fn located(&self, server: Server) -> PyResult<Server> {
        match (self.locality.is_none(), self.locality_weight.is_none()) {
            (true, true) => Ok(server),
            (false, false) => {
                let weight = self.whole(&self.locality_weight, "locality_weight", u32::MAX)?;
                Ok(server.with_locality(self.text(&self.locality, "locality")?, weight))
            }
            _ => Err(ContinuumError::new_err(format!(
                "{}: locality and locality_weight go together",
                self.who()
            ))),
        }
    }

    fn who(&self) -> String {
        let host = self.hostname.str().map_or_else(|_| "?".to_owned(), |text| text.to_string());
        format!("server '{host}'")
    }

    fn text(&self, value: &Bound<'_, PyAny>, field: &str) -> PyResult<String> {
        match value.cast::<PyString>() {
            Ok(text) => Ok(text.to_str()?.to_owned()),
            Err(_) => Err(PyTypeError::new_err(format!(
                "{}: {field} is a str, not {}",
                self.who(),
                value.get_type().name()?
            ))),
        }
    }

    fn whole<'a, N>(&self, value: &'a Bound<'_, PyAny>, field: &str, most: N) -> PyResult<N>
    where
        N: FromPyObject<'a, 'a, Error = PyErr> + std::fmt::Display,
    {
        let error = match value.extract::<N>() {
            Ok(number) if !value.is_instance_of::<PyBool>() => return Ok(number),
            Ok(_) => None,
            Err(error) => Some(error),
        };
        if error.is_some_and(|error| error.is_instance_of::<PyOverflowError>(value.py())) {
            return Err(ContinuumError::new_err(format!(
                "{}: {field} {} is not a number from 0 to {most}",
                self.who(),
                value.str()?
            )));
        }
        Err(PyTypeError::new_err(format!(
            "{}: {field} is an int, not {}",
            self.who(),
            value.get_type().name()?
        )))
    }

    fn capacity(&self) -> PyResult<Capacity> {
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", self.who());
        match self.capacity.extract::<f64>() {
            Ok(value) => {
                Capacity::try_from(value).map_err(|error| ContinuumError::new_err(wrong(&error)))
            }
            Err(error) if error.is_instance_of::<PyOverflowError>(self.capacity.py()) => {
                let error = "the capacity is not a finite number from 0 up";
                Err(ContinuumError::new_err(wrong(&error)))
            }
            Err(_) => {
                let kind = self.capacity.get_type().name()?;
                let error = format!("capacity is a number, not {kind}");
                Err(PyTypeError::new_err(wrong(&error)))
            }
        }
    }
}

/// The fields of a server, which Python's `Server` takes by name.
pub(crate) fn record<'py>(py: Python<'py>, server: &Server) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("hostname", server.host())?;
    fields.set_item("port", server.port())?;
    fields.set_item("capacity", server.capacity().get())?;
    fields.set_item("name", server.name())?;
    fields.set_item("id", server.id())?;
    fields.set_item("zone", server.zone())?;
    fields.set_item("hash_key", server.hash_key())?;
    fields.set_item("guid", server.guid())?;
    fields.set_item("instance", server.instance())?;
    fields.set_item("endpoint_hostname", server.hostname())?;
    fields.set_item("locality", server.locality())?;
    fields.set_item("locality_weight", server.locality_weight())?;
    Ok(fields)
}

/// As `record`, of each server of a set.
pub(crate) fn records<'py>(
    py: Python<'py>,
    servers: &continuum::Servers,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    servers.iter().map(|server| record(py, server)).collect()
}

/// The fields of a server in the text form `host:port=capacity`.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn parse_server<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyDict>> {
    let server: Server = text.parse().map_err(|error| refused(&error))?;
    record(py, &server)
}

/// Raises what is wrong with a server's fields.
#[pyfunction]
#[pyo3(signature = (fields, /))]
pub(crate) fn check_server(fields: Fields<'_>) -> PyResult<()> {
    let mut servers = continuum::Servers::new();
    servers.add(fields.server()?).map_err(|error| refused(&error))
}

/// What tells a server from others: its name, or else its address.
#[pyfunction]
#[pyo3(signature = (fields, /))]
pub(crate) fn identity(fields: Fields<'_>) -> PyResult<String> {
    Ok(fields.server()?.identity().into_owned())
}

/// Raises for the first server whose capacity a scheme cannot hold.
#[pyfunction]
#[pyo3(signature = (scheme, fields, /))]
pub(crate) fn check_capacities(scheme: &str, fields: Vec<Fields<'_>>) -> PyResult<()> {
    let scheme: Scheme = scheme.parse().map_err(|error| refused(&error))?;
    let accepted = scheme.capacities();
    for fields in &fields {
        let server = fields.server()?;
        if !accepted.holds(server.capacity()) {
            return Err(ContinuumError::new_err(format!(
                "server '{}': capacity {} does not fit scheme '{}', which takes {accepted}",
                server.identity(),
                server.capacity(),
                scheme.name(),
            )));
        }
    }
    Ok(())
}

/// Whether a set of servers has one map under a scheme, in whatever order it is given.
#[pyfunction]
#[pyo3(signature = (scheme, /))]
pub(crate) fn order_is_free(scheme: &str) -> PyResult<bool> {
    let scheme: Scheme = scheme.parse().map_err(|error| refused(&error))?;
    Ok(scheme.order() == Order::Free)
}
