//! From one continuum to another: what moves, in what steps, and where a key is
//! read and written meanwhile.
//!
//! Imports what resolves keys and what inspects a continuum.

pub(crate) mod plan;
mod ramp;
mod transition;

pub use ramp::ramp;
pub use transition::{Progress, Transition};
