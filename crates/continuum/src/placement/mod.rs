//! Structures over server numbers 0..n: they know no names and no keys' text.

mod contract;
mod hashed;
mod position;
mod regions;
mod ring;

pub(crate) use contract::{Cursor, NO_OWNER, Placement};
pub(crate) use hashed::{Hashed, KeyHash, Place};
pub(crate) use position::Position;
pub(crate) use regions::{Regions, Space};
pub(crate) use ring::{Ring, Rules, Seek, Shared, Wrap};
