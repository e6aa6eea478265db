//! Redis. `server.rs` is a machine that is asked, through the crate `redis`;
//! `answer.rs` reads what it answers; `hands.rs` takes keys from one machine to
//! another, `relay.rs` through this process, and `elsewhere.rs` sees whether they come there;
//! `compare.rs` judges those that are on both, `same.rs` finds those that are the same;
//! `erase.rs` deletes what has not changed; `rights.rs` asks before the first write what will be
//! asked; `refusal.rs` is what `MIGRATE` says; `room.rs` watches that a machine throws out
//! nothing; `pages.rs` goes through a machine; `identity.rs` tells whether two addresses are one
//! server. Imports nothing of `memcached`.

mod answer;
mod compare;
mod elsewhere;
mod erase;
mod fate;
mod hands;
mod identity;
mod pages;
mod refusal;
mod relay;
mod rights;
mod room;
mod same;
mod server;

pub(crate) use pages::{carry, left_over, settle};
pub(crate) use rights::check;
pub(crate) use server::Redis;
