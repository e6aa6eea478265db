//! RabbitMQ's consistent-hash exchange.
//!
//! Rule. A queue's binding key is its weight: so many buckets, numbered from 0 in the
//! order of the bindings. A routing key's `erlang:phash2` (27 bits) is K. With one
//! bucket that is it; else jump consistent hash, with numbers from 0 to 1 that
//! Erlang's `exs1024` gives when it is seeded `{K, K, K}`: from bucket b to
//! `(b + 1) / u`, rounded down, until that is no bucket.
//!
//! Quirks, all kept:
//! - The generator is not the one of other jump hashes.
//! - An unbound queue's numbers are closed up: all behind it are renumbered.
//! - Seeds count 21 of the 27 bits, so there are 2,097,152 different answers.
//!
//! A server is a queue, its capacity the weight; with `hash-property` the key is that
//! property. The program names one queue; candidates are the following ones in the
//! list. Not covered: `hash-header`, bindings made while others are unbound, super
//! streams, and RabbitMQ 4, which was not run.

use crate::error::{Error, Kind};
use crate::hash::exs1024::Exs1024;
use crate::hash::phash2::phash2;
use crate::placement::{
    Cursor, Hashed, Hit, KeyHash, NO_OWNER, Place, Placement, Regions, Shares, Space,
};
use crate::scheme::{Capacities, Minimal, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["rabbitmq"],
    program: "RabbitMQ consistent-hash exchange",
    versions: "3.10.8 on Erlang/OTP 25",
    about: "jump hash by Erlang's exs1024 over phash2, buckets by weight",
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    order: |_| Order::Positional,
    minimal: |_| Minimal::NEVER,
    proven: 4067,
    ..SchemeEntry::new("rabbitmq-consistent-hash", build)
};

struct Phash2;

impl KeyHash for Phash2 {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        phash2(key)
    }

    fn space(&self) -> Space {
        Space { hash: "phash2".to_owned(), size: Some(1 << 27) }
    }
}

/// Queues with their buckets.
struct Exchange(Shares);

impl Exchange {
    fn bucket(&self, seed: u32) -> Option<u64> {
        let count = self.0.total();
        if count < 2 {
            return (count == 1).then_some(0);
        }
        #[expect(clippy::cast_precision_loss, reason = "below 2^53: the build has refused more")]
        let end = count as f64;
        let mut generator = Exs1024::new(seed);
        let mut bucket = 0.0_f64;
        loop {
            let next = ((bucket + 1.0) / generator.fraction()).trunc();
            if next >= end {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole, and below the count"
                )]
                return Some(bucket as u64);
            }
            bucket = next;
        }
    }
}

impl Place<u32> for Exchange {
    fn place(&self, position: u32) -> u32 {
        self.bucket(position).map_or(NO_OWNER, |bucket| self.0.owner(bucket))
    }

    fn step(&self, position: u32, cursor: &mut Cursor) -> Option<u32> {
        self.0.walk(|| self.bucket(position), cursor)
    }

    fn hit(&self, position: u32) -> Option<Hit> {
        Some(Hit::Bucket { bucket: self.bucket(position)?, of: self.0.total() })
    }

    fn regions(&self, _space: Space) -> Option<Regions<'_>> {
        None
    }

    fn expected_shares(&self, count: usize) -> Option<Vec<f64>> {
        Place::<u32>::expected_shares(&self.0, count)
    }

    fn order_matters(&self) -> bool {
        Place::<u32>::order_matters(&self.0)
    }

    fn memory(&self) -> usize {
        Place::<u32>::memory(&self.0)
    }
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let weights = || servers.iter().map(|server| server.capacity().whole().unwrap_or(0));
    if weights().fold(0, u64::saturating_add) > 1 << 48 {
        return Err(Error::new(
            Kind::Limit,
            "scheme 'rabbitmq-consistent-hash': these capacities sum up to more than 2^48 buckets",
        ));
    }
    Ok(Box::new(Hashed { hash: Phash2, place: Exchange(Shares::new(weights())) }))
}
