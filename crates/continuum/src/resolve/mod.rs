//! Which server owns a key: a continuum, and the order of its servers for a key.
//!
//! Imports servers, schemes' descriptions and placement.

mod advice;
mod basis;
#[cfg(feature = "bench")]
pub mod bench;
mod candidates;
mod continuum;
mod copies_in_zones;
mod fingerprint;
#[cfg(feature = "rayon")]
mod parallel;
mod resolve_where;

pub use basis::Basis;
pub use candidates::Candidates;
pub use continuum::Continuum;
pub use copies_in_zones::CopiesInZones;
