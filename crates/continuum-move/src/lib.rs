#![doc = include_str!("../README.md")]

mod dial;
mod engine;
mod error;
mod escape;
mod journal;
mod memcached;
mod options;
mod outcome;
mod pace;
mod random;
mod redis;
mod route;
mod sample;
mod spool;
mod tally;
mod watch;
mod ways;

pub use dial::{Address, Endpoint, Protocol, Secret};
pub use engine::{list, run};
pub use error::Error;
pub use escape::escaped;
pub use options::{OnConflict, Options, Verb};
pub use outcome::{Evicted, Outcome, ServerTally};
pub use route::{Lies, Listing, Machine, Route, Side};
pub use tally::{Skipped, Tally};
pub use watch::Watch;
