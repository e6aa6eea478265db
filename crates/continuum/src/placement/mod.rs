//! Structures over server numbers 0..n: they know no names and no keys' text.

mod contract;
mod hashed;
mod jump;
mod position;
mod regions;
mod rendezvous;
mod ring;
mod slots;

pub(crate) use contract::{Cursor, NO_OWNER, Placement};
pub(crate) use hashed::{Hashed, KeyHash, Place};
pub(crate) use jump::{Jump, guava, jump};
pub(crate) use regions::{Regions, Space, space_size};
pub(crate) use rendezvous::{KeyText, Rendezvous, Verbatim, Zones};
pub(crate) use ring::{Ring, Rules, Seek, Shared, Wrap};
pub(crate) use slots::Slots;
