#![doc = include_str!("../README.md")]

mod affinity;
mod error;
mod future;
mod member;
mod members;

pub use affinity::Affinity;
pub use error::NoReady;
pub use future::Response;
pub use member::Member;
