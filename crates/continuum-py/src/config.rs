//! Configuration files of other programs as plain tuples.

use std::path::PathBuf;

use continuum_config::{Config, Format, Options, Pool};
use pyo3::prelude::*;

use crate::error::{ContinuumError, refused};
use crate::server::{Record, record};

/// `(name, scheme, servers, key rule, bounded, down, notes)`.
type Row = (String, String, Vec<Record>, Option<String>, Option<u32>, Vec<String>, Vec<String>);

fn row(pool: &Pool) -> Row {
    (
        pool.name().to_owned(),
        pool.scheme().to_string(),
        pool.servers().iter().map(record).collect(),
        pool.key().as_text().map(str::to_owned),
        pool.bounded(),
        pool.down().map(str::to_owned).collect(),
        pool.notes().iter().map(ToString::to_string).collect(),
    )
}

/// The pools of a file: all, or the one of that name.
#[pyfunction]
#[pyo3(signature = (path, pool, format, scheme, port, haproxy_dialect, /))]
pub(crate) fn read_config(
    py: Python<'_>,
    path: PathBuf,
    pool: Option<&str>,
    format: Option<&str>,
    scheme: Option<&str>,
    port: Option<&str>,
    haproxy_dialect: Option<&str>,
) -> PyResult<Vec<Row>> {
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
    if let Some(dialect) = haproxy_dialect {
        options = options.with_haproxy_dialect(dialect);
    }
    let rows = py.detach(|| {
        let config = Config::read(path, &options)?;
        match pool {
            Some(name) => config.pool(name).map(|pool| vec![row(pool)]),
            None => Ok(config.into_pools()?.iter().map(row).collect()),
        }
    });
    rows.map_err(|error: continuum_config::Error| refuse(&error))
}
