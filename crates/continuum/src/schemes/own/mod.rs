//! The schemes that no other program defines: ours.

pub(crate) mod rendezvous_1;
pub(crate) mod ring_1;
pub(crate) mod slots_1;
mod xxh3;
