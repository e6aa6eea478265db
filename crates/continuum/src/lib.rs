#![doc = include_str!("../README.md")]

pub mod assignment;
mod change;
pub mod compat;
mod error;
mod hash;
mod inspect;
mod keys;
mod lanes;
pub mod load;
mod placement;
mod resolve;
pub mod scheme;
mod schemes;
#[cfg(feature = "serde")]
mod serde;
mod server;

pub use change::plan::Plan;
pub use change::{plan, transition};
pub use error::Error;
pub use inspect::{explain, identify, ownership};
pub use keys::Keys;
pub use resolve::Continuum;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub use resolve::bench;
pub use scheme::Scheme;
pub use schemes::clients;
pub use server::{Capacity, Server, Servers};

/// The servers of a key, one after another.
pub mod candidates {
    pub use crate::resolve::{Candidates, CopiesInZones};
}

/// Stands for "no server" among the numbers that
/// [`Continuum::resolve_all`] writes.
pub const NO_OWNER: u32 = placement::NO_OWNER;
