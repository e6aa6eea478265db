#![doc = include_str!("../README.md")]

mod address;
mod config;
mod draft;
mod endpoint_slice;
mod envoy;
mod error;
mod fault;
mod format;
mod haproxy;
mod libmemcached;
mod limits;
mod mcrouter;
mod nginx;
mod options;
mod pool;
mod server_list;
mod source;
mod spelling;
#[cfg(test)]
mod testing;
mod text;
mod toml;
mod tree;
mod twemproxy;

pub use config::{Config, load, load_as};
pub use error::{Complaint, Error};
pub use format::{Format, UnknownFormat};
pub use options::Options;
pub use pool::{KeyRule, Note, Place, Pool, Skipped};
pub use server_list::ServerList;
