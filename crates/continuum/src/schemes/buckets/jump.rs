//! Jump consistent hash (Lamping and Veach, 2014): PyPI jump-consistent-hash
//! 3.6.0, and Guava 31.1's `Hashing.consistentHash`.
//!
//! BucketHash. Servers are buckets, numbered by their place in the list; a key is a
//! number of 64 bits, the seed of a generator that jumps from bucket to bucket
//! until it jumps over the end. Bytes become the number as `number_key.rs` says;
//! `Continuum::position` tells it.
//!
//! Quirks, all kept:
//! - Guava adds 1 to a Java `int`, which overflows once in 2³¹ draws and ends the
//!   search one jump early. Of 300,000 random keys none shows it.
//! - No weights. Only the last bucket can be taken away without renumbering.
//!
//! The programs name one bucket. Our further candidates re-mix the number and
//! jump again, see `placement/numbered.rs`.
//!
//! Not covered: `guavahash` of PyPI's package, which refuses keys from 2⁶³ up.

use crate::error::Error;
use crate::placement::{BucketHash, Guava, Hashed, Jump, Numbered, Placement};
use crate::scheme::{Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::number_key::{self, NumberKey};
use crate::server::Server;

const OPTIONS: &[OptionSpec] = &[number_key::OPTION];

/// Inserting or removing a server anywhere but at the end renumbers others.
const MINIMAL: Minimal = Minimal { add: false, remove: false, weight: true };

pub(crate) static JUMP: SchemeEntry = SchemeEntry {
    aliases: &["jump-consistent-hash"],
    program: "jump-consistent-hash (PyPI), Lamping and Veach",
    versions: "3.6.0",
    about: "jump consistent hash over buckets numbered by place",
    options: OPTIONS,
    order: |_| Order::Positional,
    minimal: |_| MINIMAL,
    proven: 61_642,
    ..SchemeEntry::new("jump", |options, servers| build::<Jump>(options, servers))
};

pub(crate) static GUAVA: SchemeEntry = SchemeEntry {
    program: "Guava Hashing.consistentHash",
    versions: "31.1",
    about: "jump consistent hash as Guava computes it, over buckets numbered by place",
    options: OPTIONS,
    order: |_| Order::Positional,
    minimal: |_| MINIMAL,
    proven: 119_642,
    ..SchemeEntry::new("guava", |options, servers| build::<Guava>(options, servers))
};

fn build<R: BucketHash>(
    options: &Options<'_>,
    servers: &[Server],
) -> Result<Box<dyn Placement>, Error> {
    let buckets = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    Ok(Box::new(Hashed { hash: NumberKey::new(options), place: Numbered::<R>::new(buckets) }))
}
