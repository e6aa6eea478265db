//! A plan as one HTML page that needs no other file: readable on a telephone, in
//! the dark and with a thousand servers. `layout.rs` writes it.

mod date;
mod layout;
mod strip;

pub(crate) use layout::page;
