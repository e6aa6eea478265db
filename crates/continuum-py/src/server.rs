//! Servers as tuples: what the Python class `Server` gives and takes.

use continuum::{Capacity, Server};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use crate::error::{ContinuumError, refused};

/// `(hostname, port, capacity, name, id, zone, hash_key, guid, instance,
/// endpoint_hostname, locality, locality_weight)`.
pub(crate) type Record = (
    String,
    Option<u16>,
    f64,
    Option<String>,
    Option<u32>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<u32>,
);

/// The same from Python, before anything is known of the values.
#[derive(FromPyObject)]
pub(crate) struct Fields<'py>(
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
);

impl Fields<'_> {
    pub(crate) fn server(&self) -> PyResult<Server> {
        let host = self.text(&self.0, "hostname")?;
        let mut server = if self.1.is_none() {
            Server::without_port(host)
        } else {
            Server::new(host, self.whole(&self.1, "port", u16::MAX)?)
        };
        server = server.with_capacity(self.capacity()?);
        if !self.3.is_none() {
            server = server.with_name(self.text(&self.3, "name")?);
        }
        if !self.4.is_none() {
            server = server.with_id(self.whole(&self.4, "id", u32::MAX)?);
        }
        if !self.5.is_none() {
            server = server.with_zone(self.text(&self.5, "zone")?);
        }
        if !self.6.is_none() {
            server = server.with_hash_key(self.text(&self.6, "hash_key")?);
        }
        if !self.7.is_none() {
            server = server.with_guid(self.text(&self.7, "guid")?);
        }
        if !self.8.is_none() {
            server = server.with_instance(self.text(&self.8, "instance")?);
        }
        if !self.9.is_none() {
            server = server.with_hostname(self.text(&self.9, "endpoint_hostname")?);
        }
        server = self.located(server)?;
        Ok(server)
    }

    /// With its locality, which has a weight or none.
    fn located(&self, server: Server) -> PyResult<Server> {
        match (self.10.is_none(), self.11.is_none()) {
            (true, true) => Ok(server),
            (false, false) => {
                let weight = self.whole(&self.11, "locality_weight", u32::MAX)?;
                Ok(server.with_locality(self.text(&self.10, "locality")?, weight))
            }
            _ => Err(ContinuumError::new_err(format!(
                "{}: locality and locality_weight go together",
                self.who()
            ))),
        }
    }

    fn who(&self) -> String {
        let host = self.0.str().map_or_else(|_| "?".to_owned(), |text| text.to_string());
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
        match self.2.extract::<f64>() {
            Ok(value) => {
                Capacity::try_from(value).map_err(|error| ContinuumError::new_err(wrong(&error)))
            }
            Err(error) if error.is_instance_of::<PyOverflowError>(self.2.py()) => {
                let error = "the capacity is not a finite number from 0 up";
                Err(ContinuumError::new_err(wrong(&error)))
            }
            Err(_) => {
                let kind = self.2.get_type().name()?;
                let error = format!("capacity is a number, not {kind}");
                Err(PyTypeError::new_err(wrong(&error)))
            }
        }
    }
}

pub(crate) fn record(server: &Server) -> Record {
    (
        server.host().to_owned(),
        server.port(),
        server.capacity().get(),
        server.name().map(str::to_owned),
        server.id(),
        server.zone().map(str::to_owned),
        server.hash_key().map(str::to_owned),
        server.guid().map(str::to_owned),
        server.instance().map(str::to_owned),
        server.hostname().map(str::to_owned),
        server.locality().map(str::to_owned),
        server.locality_weight(),
    )
}

/// The fields of a server in the text form `host:port=capacity`.
#[pyfunction]
#[pyo3(signature = (text, /))]
pub(crate) fn parse_server(text: &str) -> PyResult<Record> {
    let server: Server = text.parse().map_err(|error| refused(&error))?;
    Ok(record(&server))
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
