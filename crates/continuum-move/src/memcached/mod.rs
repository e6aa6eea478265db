//! memcached. `link.rs` is the connection, `wire.rs` the meta commands and their
//! answers, `dump.rs` the list of keys; `greet.rs` the first words, `server.rs` a machine that
//! is asked, `targets.rs` several; `there.rs` is for what a new owner has already;
//! `copy.rs`, `again.rs`, `follow.rs` and `sweep.rs` are what is done, `cut.rs` what is found after a kill;
//! `identity.rs` tells whether two addresses are one server. Imports nothing of `redis`.

mod again;
mod copy;
mod cut;
mod dump;
mod follow;
mod greet;
mod identity;
mod link;
mod server;
mod sweep;
mod targets;
mod there;
mod wire;

pub(crate) use again::again;
pub(crate) use copy::copy;
pub(crate) use cut::{adopt, doubtful};
pub(crate) use dump::Dumped;
pub(crate) use follow::follow;
pub(crate) use link::speaks;
pub(crate) use server::Memcached;
pub(crate) use sweep::{settle, sweep};
