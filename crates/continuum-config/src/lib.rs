#![doc = include_str!("../README.md")]

mod address;
mod caddy;
mod config;
mod detect;
mod draft;
mod envoy;
mod error;
mod fault;
mod format;
mod go_redis;
mod haproxy;
mod key;
mod kubernetes;
mod libmemcached;
mod limits;
mod mcrouter;
mod nginx;
mod note;
mod options;
mod place;
mod pool;
mod quote;
mod remedy;
mod server_list;
mod source;
mod spelling;
#[cfg(test)]
mod testing;
mod text;
mod thanos;
mod toml;
mod tree;
mod twemproxy;

pub use config::{Config, load, load_as};
pub use error::{Complaint, Error};
pub use format::{Format, UnknownFormat};
pub use key::{KeyRule, Request, SameKey, Unbuilt};
pub use note::{Note, Topic};
pub use options::{Identity, Options};
pub use place::Place;
pub use pool::{Pool, Skipped};
pub use server_list::ServerList;
