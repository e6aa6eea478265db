#![doc = include_str!("../README.md")]

mod assignment;
mod change;
mod compat;
mod error;
mod hash;
mod inspect;
mod keys;
mod lanes;
mod load;
mod placement;
mod resolve;
mod scheme;
mod schemes;
#[cfg(feature = "serde")]
mod serde;
mod server;

pub use assignment::{Assignment, Change, Holding, SlotMove};
pub use change::plan::{
    Counts, Example, Flow, Matching, MovedRange, MovedSlot, Moves, OwnedRange, Part, Plan,
    ServerChange,
};
pub use change::{Progress, Transition, ramp};
pub use compat::{HaproxyBounded, libmemcached};
pub use error::Error;
pub use inspect::explain::{Alternative, Explanation, Hit, Point, Score};
pub use inspect::identify::{Candidate, Identification, Variant, Wrong, identify};
pub use inspect::{Basis, CopyOwnership, Ownership, ZoneShare};
pub use keys::Keys;
pub use load::{Bounded, Guard, InFlight, Overflow};
#[cfg(feature = "bench")]
#[doc(hidden)]
pub use resolve::bench;
pub use resolve::{Candidates, Continuum, CopiesInZones};
pub use scheme::{Advice, Capacities, Minimal, OptionSpec, Order, Scheme, SchemeEntry, Topic};
pub use server::{Capacity, Server, Servers};

/// Stands for "no server" among the numbers that
/// [`Continuum::resolve_all`] writes.
pub const NO_OWNER: u32 = placement::NO_OWNER;
