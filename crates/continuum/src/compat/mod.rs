//! Programs that do more than place keys: what their calls leave behind, and what
//! they do under load.
//!
//! Imports servers, schemes and placement.

mod envoy_bounded;
mod envoy_hash;
mod haproxy_bounded;
mod jump;
pub mod libmemcached;

pub use envoy_bounded::EnvoyBounded;
pub use envoy_hash::EnvoyHash;
pub use haproxy_bounded::HaproxyBounded;
pub use jump::jump;
