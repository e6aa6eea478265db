//! Caps on the load of each server, over any scheme; the load of one that comes back.
//!
//! Imports what resolves keys and what inspects a continuum, and a hash.

mod bounded;
mod in_flight;
mod returning;

pub use bounded::{Bounded, Overflow};
pub use in_flight::{Guard, InFlight};
pub use returning::has_returned;
