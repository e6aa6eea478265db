//! Structures over server numbers 0..n: they know no names and no keys' text.

mod contract;
mod hashed;
mod jump;
mod position;
mod regions;
mod ring;

pub(crate) use contract::{Cursor, NO_OWNER, Placement};
pub(crate) use hashed::{Hashed, KeyHash, Place};
#[expect(unused_imports, reason = "taken up by the schemes over numbered buckets")]
pub(crate) use jump::{Jump, guava, jump};
pub(crate) use position::Position;
pub(crate) use regions::{Regions, Space};
pub(crate) use ring::{Ring, Rules, Seek, Shared, Wrap};
