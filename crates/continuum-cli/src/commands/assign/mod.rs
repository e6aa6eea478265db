//! `continuum assign`: a stored table of slots, a file for each step. `lock.rs` lets
//! one process change a table at a time, `file.rs` reads it and replaces it whole.

mod change;
mod diff;
mod file;
mod init;
mod json;
mod lock;
mod moved;
mod show;

pub(crate) use change::{run as change, unprinted};
pub(crate) use diff::run as diff;
pub(crate) use init::run as init;
pub(crate) use show::{keys, servers};
