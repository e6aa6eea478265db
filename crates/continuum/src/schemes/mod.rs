//! The schemes: which server each of them gives a key to, and every quirk in it.
//!
//! One file per program, in the room of its family; what belongs to one program
//! alone stands in a folder of its name. A family imports `shared` and the rooms
//! below (`placement`, `hash`, `scheme`, `server`), never another family.

pub(crate) mod buckets;
mod catalogue;
pub mod clients;
pub(crate) mod libraries;
pub(crate) mod memcached;
pub(crate) mod monitoring;
mod names;
mod own;
mod prelude;
pub(crate) mod proxies;
mod shared;
pub(crate) mod stores;

pub(crate) use catalogue::CATALOGUE;
#[cfg(test)]
pub(crate) use shared::recorded;
