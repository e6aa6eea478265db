//! Questions about a continuum: what each server owns, why a key goes where it
//! goes, and which scheme some program uses.
//!
//! Imports what resolves keys and what compares continuums.

mod copy_ownership;
pub mod explain;
pub mod identify;
mod shares;
pub(crate) mod trial;
mod variant;

/// What each server and each zone owns, of keys and of their copies.
pub mod ownership {
    pub use super::copy_ownership::{CopyOwnership, ZoneShare};
    pub use super::shares::Ownership;
    pub use crate::resolve::Basis;
}
