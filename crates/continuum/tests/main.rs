//! Every integration test, in one binary.
#![allow(clippy::print_stdout, reason = "a test prints what it counted")]

mod vectors;
