//! From one continuum to another: what moves, in what steps, and where a key is
//! read and written meanwhile.
//!
//! Imports what resolves keys, and what that imports.

pub mod plan;
mod ramp;
pub mod transition;
