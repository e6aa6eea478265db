//! Jump consistent hash (Lamping and Veach, 2014): the PyPI package, and Guava's
//! `Hashing.consistentHash`.
//! Rule, quirks, versions and limits: `docs/schemes/jump.md` and
//! `docs/schemes/guava.md`.

use crate::placement::{BucketHash, Guava, Jump};
use crate::schemes::prelude::*;
use crate::schemes::shared::number_key::{self, NumberKey};

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
    numbers: true,
    ..SchemeEntry::new("jump", build::<Jump>)
};

pub(crate) static GUAVA: SchemeEntry = SchemeEntry {
    program: "Guava Hashing.consistentHash",
    versions: "31.1",
    about: "jump consistent hash as Guava computes it, over buckets numbered by place",
    options: OPTIONS,
    order: |_| Order::Positional,
    minimal: |_| MINIMAL,
    proven: 119_642,
    numbers: true,
    ..SchemeEntry::new("guava", build::<Guava>)
};

fn build<R: BucketHash>(
    options: &Options<'_>,
    servers: &[Server],
) -> Result<Box<dyn Placement>, Error> {
    let buckets = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    Ok(Box::new(Hashed { hash: NumberKey::new(options), place: Numbered::<R>::new(buckets) }))
}
