//! The native half of the Python package `continuum`: keys in, servers out.
//!
//! What the package promises about servers, errors and warnings is written in
//! Python, in `python/continuum`. Here is what must be fast or needs the core.

mod catalogue;
mod error;
mod keys;
mod resolver;
mod server;

/// `continuum._native`.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::catalogue::schemes;
    #[pymodule_export]
    use crate::error::ContinuumError;
    #[pymodule_export]
    use crate::resolver::Resolver;
    #[pymodule_export]
    use crate::server::{check_server, identity, parse_server};
}
