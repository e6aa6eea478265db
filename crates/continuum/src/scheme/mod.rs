//! What a scheme is: its name and options, what it promises, what a build is told,
//! and what is advised about a configuration.
//!
//! Imports servers and placement.

mod advice;
mod capacities;
mod context;
mod options;
mod previous;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod scheme;
mod trace;

pub use advice::{Advice, Topic};
pub use capacities::Capacities;
pub(crate) use context::{BuildContext, MOST_POINTS};
pub use options::OptionSpec;
pub(crate) use options::{Accepts, Options, Value};
pub(crate) use previous::{Held, Previous};
pub(crate) use scheme::Build;
pub use scheme::{Minimal, Order, Scheme, SchemeEntry};
pub(crate) use trace::{PointLabel, Trace};
