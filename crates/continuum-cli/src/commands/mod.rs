//! The commands, one file each. Each takes its arguments and a writer.

pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod resolve;
pub(crate) mod schemes;
pub(crate) mod verify;
