//! The commands, one file each. Each takes its arguments and a writer.

pub(crate) mod advise;
pub(crate) mod assign;
pub(crate) mod balance;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod identify;
pub(crate) mod lint;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod resolve;
pub(crate) mod schemes;
pub(crate) mod verify;
