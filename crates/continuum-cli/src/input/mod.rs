//! What comes in: servers, a scheme, configurations, keys.

mod blocks;
mod change;
mod config;
mod forms;
mod keys;
mod log;
mod origin;
mod pairs;
mod server_lines;
mod set;
mod workload;

pub(crate) use blocks::keys as split_keys;
pub(crate) use change::{change, find};
pub(crate) use config::{build_pool, notes, one_pool, pools};
pub(crate) use keys::{Input, KeySource};
pub(crate) use pairs::{Pairs, Unmatched};
pub(crate) use set::{build, refuse_without_owners, servers};
pub(crate) use workload::Workload;
