//! Redis. `server.rs` is a machine that is asked, through the crate `redis`;
//! `answer.rs` reads what it answers; `hands.rs` takes keys from one machine to
//! another, `relay.rs` through this process; `erase.rs` deletes what has not changed;
//! `pages.rs` goes through a machine. Imports nothing of `memcached`.

mod answer;
mod erase;
mod fate;
mod hands;
mod pages;
mod relay;
mod server;

pub(crate) use pages::{carry, settle};
pub(crate) use server::Redis;
