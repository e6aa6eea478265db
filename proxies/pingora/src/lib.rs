#![doc = include_str!("../README.md")]

mod candidates;
mod config;
mod identity;
mod map;
mod refusal;
mod selection;
mod upstreams;

pub use candidates::Candidates;
pub use config::Config;
pub use identity::Name;
pub use refusal::Refusal;
pub use selection::Selection;
pub use upstreams::{Picked, Upstreams};
