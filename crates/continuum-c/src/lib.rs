//! The C interface: opaque handles, texts for errors, batches. `include/continuum.h` is
//! written from these files by cbindgen and compared by a test.
//!
//! The room holds the border and nothing else: what a function does is the core's. It imports
//! the core and serde's JSON. `unsafe` stands in the three files that take pointers.

pub mod build;
pub mod lookup;
pub mod refusal;
mod text;
