//! Questions about a continuum: what each server owns, why a key goes where it
//! goes, and which scheme some program uses.
//!
//! Imports what resolves keys, and what that imports.

mod copy_ownership;
pub(crate) mod explain;
pub(crate) mod identify;
mod ownership;

pub use copy_ownership::{CopyOwnership, ZoneShare};
pub use ownership::{Basis, Ownership};
pub(crate) use ownership::{fair_shares, weight};
