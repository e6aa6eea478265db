//! `continuum move`: `reach.rs` finds the pool and how its servers are reached,
//! `carry.rs` writes, `listing.rs` only tells; `follow.rs` shows progress and takes
//! signals.

mod carry;
mod follow;
mod listing;
mod reach;

pub(crate) use carry::{copy, relocate, sweep};
pub(crate) use listing::list;
