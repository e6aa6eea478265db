//! A plan as one HTML page that needs no other file: readable on a telephone, in the dark, with a
//! thousand servers, and without a script. `layout.rs` writes it, above the explorer's page.

mod date;
mod explorer;
mod layout;
mod strip;

pub(crate) use explorer::{File, Given, PoolRow, explorer};
pub(crate) use layout::page;
