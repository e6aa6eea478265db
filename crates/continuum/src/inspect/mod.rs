//! Questions about a continuum: what each server owns, why a key goes where it
//! goes, and which scheme some program uses.
//!
//! Imports what resolves keys and what compares continuums.

mod copy_ownership;
mod explanation;
pub mod identify;
mod record;
mod shares;
pub(crate) mod trial;
mod variant;

/// Why a key belongs to its server, and what would change that.
pub mod explain {
    pub use super::explanation::{Alternative, Explanation, Hit, Point, Score};
    pub use super::record::{ExplanationRecord, HitRecord, NamedScore};
}

/// What each server and each zone owns, of keys and of their copies.
pub mod ownership {
    pub use super::copy_ownership::{CopyOwnership, ZoneShare};
    pub use super::shares::Ownership;
    pub use crate::resolve::Basis;
}
