//! Every integration test, in one binary.
#![allow(clippy::print_stdout, reason = "a test prints what it counted")]
#![allow(unreachable_pub, reason = "modules of a test binary")]

mod assignments;
mod bounded;
mod changes;
mod checksums;
mod clients;
mod conformance;
mod copies;
mod documents;
mod edges;
mod errors;
mod explanations;
mod fixtures;
mod hostile;
mod identification;
mod libmemcached;
mod movement;
mod ours;
mod plans;
mod properties;
mod reference;
mod reference_ours;
mod transition;
mod vectors;
