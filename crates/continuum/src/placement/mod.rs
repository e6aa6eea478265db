//! Structures over server numbers 0..n: they know no names and no keys' text.

mod contract;
mod hashed;
mod jump;
mod jumpback;
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
pub(crate) use hashed::{BATCH, Hashed, KeyHash, Place};
pub(crate) use jump::{Jump, guava, jump};
pub(crate) use jumpback::{Holes, Jumpback, SplitMix64, Xorshift, jumpback};
pub(crate) use position::Position;
pub(crate) use regions::{Arc, Regions, Space, space_size};
pub(crate) use rendezvous::{KeyText, Rendezvous, Verbatim, Zones};
pub(crate) use ring::{Changed, Made, Ring, Rules, Seek, Shared, Ties, Wrap};
pub(crate) use score::{Contender, Scores};
pub(crate) use slot_table::SlotTable;
pub(crate) use slots::Slots;
