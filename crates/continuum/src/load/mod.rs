//! Caps on the load of each server, over any scheme.
//!
//! Imports what resolves keys and what inspects a continuum.

mod bounded;
mod in_flight;

pub use bounded::{Bounded, Overflow};
pub use in_flight::{Guard, InFlight};
