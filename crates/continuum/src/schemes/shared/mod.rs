//! What schemes of several families share: points, texts and kinds of keys that
//! more than one of them needs. Imports no scheme.

mod entry;
pub(super) mod furc;
pub(super) mod ketama;
pub(super) mod labels;
pub(super) mod log;
pub(super) mod number_key;
pub(super) mod parted;
pub(super) mod plain;
pub(super) mod points;
#[cfg(test)]
pub(crate) mod recorded;
#[cfg(test)]
pub(super) mod spaces;
pub(super) mod starved;
pub(super) mod tags;
pub(super) mod words;
