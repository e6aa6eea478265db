//! Structures over server numbers 0..n: they know no names and no keys' text.

mod contract;
mod hashed;
mod holes;
mod jump;
mod jumpback;
mod numbered;
mod position;
mod regions;
mod rendezvous;
mod ring;
mod score;
mod slot_choices;
mod slot_matching;
mod slot_table;
mod slots;

pub(crate) use contract::{Cursor, Hit, NO_OWNER, Placement};
pub(crate) use hashed::{BATCH, Hashed, KeyHash, Place, TopsOf};
pub(crate) use holes::Holes;
pub(crate) use jump::{Guava, Jump};
pub(crate) use jumpback::{JumpBack, SplitMix64, Xorshift};
pub(crate) use numbered::{Numbered, Rule};
pub(crate) use position::Position;
pub(crate) use regions::{Arc, Regions, Space, space_size};
pub(crate) use rendezvous::{KeyText, Rendezvous, Verbatim, Zones};
pub(crate) use ring::{Changed, Made, Ring, Rules, Seek, Shared, Ties, Wrap};
pub(crate) use score::{Contender, Scores};
pub(crate) use slot_table::SlotTable;
pub(crate) use slots::Slots;
