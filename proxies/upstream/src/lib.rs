#![doc = include_str!("../README.md")]

pub mod names;
mod pick;
mod pool;
mod rules;
mod upstream;
mod view;

pub use pick::{Pick, Request};
pub use pool::Pool;
pub use rules::Rules;
pub use upstream::Upstream;
pub use view::{State, View};
