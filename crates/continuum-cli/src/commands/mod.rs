//! The commands, one file each. Each returns what it found as data (`report/`),
//! `resolve` aside, whose answers stream.

pub(crate) mod advise;
#[cfg_attr(not(feature = "parquet"), path = "no_append.rs")]
mod append;
pub(crate) mod assign;
pub(crate) mod balance;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod explore;
pub(crate) mod identify;
pub(crate) mod lint;
pub(crate) mod man;
mod moved;
pub(crate) mod plan;
#[cfg_attr(not(feature = "move"), path = "no_move.rs")]
pub(crate) mod relocate;
pub(crate) mod resolve;
pub(crate) mod schemes;
pub(crate) mod verify;
#[cfg_attr(not(feature = "watch"), path = "no_watch.rs")]
pub(crate) mod watch;
