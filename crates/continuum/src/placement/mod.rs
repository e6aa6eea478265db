//! Structures over server numbers 0..n: they know no names and no keys' text.
//!
//! The [contract](Placement) of all, what most of them are made of (a hash before a
//! place, positions, a whole map as regions), and a room for each structure. Imports
//! `hash`, `lanes` and `keys`.

mod buckets;
mod circle;
mod contract;
mod dealt;
mod hashed;
mod highest;
mod intervals;
mod owner;
mod position;
mod ranges;
mod regions;
mod remainder;
mod rendezvous;
mod ring;
mod shares;
mod slot_table;
mod slots;

pub(crate) use buckets::{
    BucketHash, Guava, Holes, Jump, JumpBack, Numbered, SplitMix64, Xorshift, jump,
};
pub(crate) use circle::Circle;
pub(crate) use contract::{Cursor, Hit, Placement};
pub(crate) use dealt::{Jumps, Turns};
pub(crate) use hashed::{BATCH, Hashed, KeyHash, Place, TopsOf};
pub(crate) use highest::{Highest, Scoring};
pub(crate) use intervals::Intervals;
pub(crate) use owner::NO_OWNER;
pub(crate) use ranges::Ranges;
pub(crate) use regions::{Regions, Segment, Space, space_size};
pub(crate) use remainder::{Remainder, Tried, Tries};
pub(crate) use rendezvous::{
    Contender, KeyText, Mixed, Rendezvous, Scores, Verbatim, ZonedRendezvous,
};
pub(crate) use ring::{
    PointChanges, PointList, Ring, RingPosition, Rules, Seek, Shared, Ties, Wrap,
};
pub(crate) use shares::Shares;
pub(crate) use slot_table::SlotTable;
pub(crate) use slots::Slots;
