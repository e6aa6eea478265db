//! Programs that do more than place keys: what their calls leave behind, and what
//! they do under load.
//!
//! Imports servers, schemes and placement.

mod haproxy_bounded;
pub mod libmemcached;

pub use haproxy_bounded::HaproxyBounded;
