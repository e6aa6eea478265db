//! What nearly every scheme names: options, errors, servers, hashes and the parts that
//! placements are made of.

pub(crate) use crate::error::{Error, Kind, quoted};
pub(crate) use crate::lanes::{Hash32, Hash64};
pub(crate) use crate::placement::{
    BATCH, Cursor, Hashed, Hit, KeyHash, NO_OWNER, Numbered, Place, Placement, Regions, Rules,
    Seek, Shared, Slots, Space,
};
pub(crate) use crate::scheme::{
    Accepts, Advice, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry, Topic,
};
pub(crate) use crate::server::{Capacity, Server};
