//! The program's readers of keys: lines, CSV, JSON lines and access logs. However the
//! bytes come in, the keys are the same, and those that another reader finds.

mod args;
mod checks;
#[path = "../../../crates/continuum-cli/src/failure.rs"]
mod failure;
mod input;

pub use checks::{csv, lines, log, ndjson};
