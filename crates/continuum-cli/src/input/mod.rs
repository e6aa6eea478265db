//! What comes in: servers, a scheme, configurations, keys.

mod blocks;
#[cfg(feature = "parquet")]
mod caught;
mod change;
mod config;
#[cfg(any(feature = "move", feature = "watch"))]
mod credentials;
mod forms;
mod keys;
#[cfg_attr(not(feature = "logs"), path = "no_log.rs")]
mod log;
mod origin;
mod pairs;
mod rest;
mod same_file;
mod scheme;
mod server_lines;
mod set;
mod source;
mod workload;

pub(crate) use blocks::keys as split_keys;
#[cfg(feature = "parquet")]
pub(crate) use caught::caught;
pub(crate) use change::{change, find};
#[cfg(feature = "watch")]
pub(crate) use config::options;
pub(crate) use config::{build_pool, notes, one_pool, pools, pools_or_none};
#[cfg(any(feature = "move", feature = "watch"))]
pub(crate) use credentials::{credentials, pem};
#[cfg(feature = "parquet")]
#[cfg(feature = "parquet")]
pub(crate) use forms::key_column;
pub(crate) use keys::{Input, KeySource, warn_of_line};
pub(crate) use pairs::{Pairs, warn_of_addresses};
pub(crate) use rest::pools_and_rest;
pub(crate) use same_file::{refuse_input, same};
pub(crate) use scheme::scheme;
pub(crate) use set::{build, refuse_without_owners, servers};
pub(crate) use source::{read, read_if};
pub(crate) use workload::Workload;

/// Bytes that the readers of keys ask for at once. From 64 KiB to 1 MiB all were equally
/// fast (10 million keys in 1.0 s); at this size a block's keys stay in the second-level
/// cache. The fuzzers have another.
const BLOCK: usize = 256 << 10;
