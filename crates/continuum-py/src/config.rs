//! Configuration files of other programs as plain tuples.

use std::path::PathBuf;

use continuum_config::{Config, Format, Options, Pool};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{ContinuumError, refused};
use crate::server::records;

/// `(name, scheme, servers, key rule, bounded, down, notes)`.
type Row<'py> = (
    String,
    String,
    Vec<Bound<'py, PyDict>>,
    Option<String>,
    Option<u32>,
    Vec<String>,
    Vec<String>,
);

fn row<'py>(py: Python<'py>, pool: &Pool) -> PyResult<Row<'py>> {
    Ok((
        pool.name().to_owned(),
        pool.scheme().to_string(),
        records(py, pool.servers())?,
        pool.key().as_text().map(str::to_owned),
        pool.bounded(),
        pool.down().map(str::to_owned).collect(),
        pool.notes().iter().map(ToString::to_string).collect(),
    ))
}

/// The pools of a file: all, or the one of that name.
#[pyfunction]
#[pyo3(signature = (path, pool, format, scheme, port, partitions, haproxy_dialect, /))]
#[allow(clippy::too_many_arguments, reason = "one for each argument of `load`")]
pub(crate) fn read_config<'py>(
    py: Python<'py>,
    path: PathBuf,
    pool: Option<&str>,
    format: Option<&str>,
    scheme: Option<&str>,
    port: Option<&str>,
    partitions: Option<u32>,
    haproxy_dialect: Option<&str>,
) -> PyResult<Vec<Row<'py>>> {
    let refuse = |error: &dyn std::fmt::Display| ContinuumError::new_err(error.to_string());
    let mut options = Options::new();
    if let Some(format) = format {
        options = options.with_format(format.parse::<Format>().map_err(|error| refuse(&error))?);
    }
    if let Some(scheme) = scheme {
        options = options.with_scheme(scheme.parse().map_err(|error| refused(&error))?);
    }
    if let Some(port) = port {
        options = options.with_port(port);
    }
    if let Some(partitions) = partitions {
        options = options.with_partitions(partitions);
    }
    if let Some(dialect) = haproxy_dialect {
        options = options.with_haproxy_dialect(dialect);
    }
    let refused = |error: continuum_config::Error| refuse(&error);
    let config = py.detach(|| Config::read(path, &options)).map_err(refused)?;
    match pool {
        Some(name) => Ok(vec![row(py, config.pool(name).map_err(refused)?)?]),
        None => config.into_pools().map_err(refused)?.iter().map(|pool| row(py, pool)).collect(),
    }
}
