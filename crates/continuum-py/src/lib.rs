//! The native half of the Python package `continuum`: keys in, servers out.
//!
//! What the package promises about servers, errors and warnings is written in
//! Python, in `python/continuum`. Here is what must be fast or needs the core.

mod arrow;
mod assignment;
mod basis;
mod bounded;
mod catalogue;
mod columns;
mod config;
mod count;
mod current;
mod error;
mod identify;
mod in_flight;
mod jump;
mod key;
mod keys;
mod lookup;
mod plan;
mod resolver;
mod server;
mod transition;

/// `continuum._native`.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::arrow::{Column, ColumnReader, Columns};
    #[pymodule_export]
    use crate::assignment::{Slots, difference};
    #[pymodule_export]
    use crate::bounded::Bounded;
    #[pymodule_export]
    use crate::catalogue::schemes;
    #[pymodule_export]
    use crate::columns::{copies_column, moved_column, owner_column, position_column};
    #[pymodule_export]
    use crate::config::read_config;
    #[pymodule_export]
    use crate::error::ContinuumError;
    #[pymodule_export]
    use crate::identify::{Identified, identified};
    #[pymodule_export]
    use crate::in_flight::{Guard, InFlight};
    #[pymodule_export]
    use crate::lookup::Lookup;
    #[pymodule_export]
    use crate::plan::Difference;
    #[pymodule_export]
    use crate::resolver::Resolver;
    #[pymodule_export]
    use crate::server::{check_capacities, check_server, identity, order_is_free, parse_server};
    #[pymodule_export]
    use crate::transition::{Transition, ramp};

    /// The release, without the cost of looking it up among installed packages.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        crate::jump::add(module)
    }
}
