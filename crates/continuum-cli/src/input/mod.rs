//! What comes in: servers, a scheme, keys.

mod blocks;
mod keys;
mod origin;
mod server_lines;
mod server_toml;
mod set;

pub(crate) use blocks::{Blocks, keys as split_keys};
pub(crate) use keys::{Input, KeySource};
pub(crate) use set::build;
