#![doc = include_str!("../README.md")]

mod advice;
mod assignment;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod bounded;
mod candidates;
mod capacity;
mod continuum;
mod copy_ownership;
mod error;
mod explain;
mod fingerprint;
mod haproxy_bounded;
mod hash;
mod identify;
mod identities;
mod in_flight;
mod keys;
mod lanes;
pub mod libmemcached;
mod log;
mod options;
mod ownership;
#[cfg(feature = "rayon")]
mod parallel;
mod placement;
mod plan;
mod previous;
mod ramp;
mod resolve_where;
mod scheme;
mod schemes;
#[cfg(feature = "serde")]
mod serde;
mod server;
mod servers;
mod trace;
mod transition;
mod zones;

pub use advice::{Advice, Topic};
pub use assignment::{Assignment, Change, Holding, SlotMove};
pub use bounded::{Bounded, Overflow};
pub use candidates::Candidates;
pub use capacity::Capacity;
pub use continuum::Continuum;
pub use copy_ownership::{CopyOwnership, ZoneShare};
pub use error::Error;
pub use explain::{Alternative, Explanation, Hit, Point, Score};
pub use haproxy_bounded::HaproxyBounded;
pub use identify::{Candidate, Identification, Variant, Wrong, identify};
pub use in_flight::{Guard, InFlight};
pub use keys::Keys;
pub use options::OptionSpec;
pub use ownership::{Basis, Ownership};
pub use plan::{
    Counts, Example, Flow, Matching, MovedRange, MovedSlot, Moves, OwnedRange, Part, Plan,
    ServerChange,
};
pub use ramp::ramp;
pub use scheme::{Capacities, Minimal, Order, Scheme, SchemeEntry};
pub use server::Server;
pub use servers::Servers;
pub use transition::{Progress, Transition};
pub use zones::CopiesInZones;

/// Stands for "no server" among the numbers that
/// [`Continuum::resolve_all`] writes.
pub const NO_OWNER: u32 = placement::NO_OWNER;
