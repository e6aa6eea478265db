//! `jumpback`: `JumpBackHash` over the servers as numbered buckets, bit for bit
//! as hash4j has it; `jumpback-holes-1`: our own, shards of which any may be
//! missing. Specified in `docs/schemes/jumpback.md` and `jumpback-holes-1.md`.
//!
//! hash4j has it with two generators. `SplitMix64` deals the keys of a
//! bucket that goes evenly to the others. Xorshift, its faster one, does not: for
//! n from 1300 to 3000 the survivors' parts differ by 12 to 34 % (rms).

use crate::placement::{Holes, JumpBack, SplitMix64, Xorshift};
use crate::schemes::prelude::*;
use crate::schemes::shared::number_key::{self, NumberKey};

/// Inserting or removing a server anywhere but at the end renumbers others.
const MINIMAL: Minimal = Minimal { add: false, remove: false, weight: true };

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "hash4j",
    versions: "main, August 2026",
    about: "JumpBackHash over numbered servers: no table, even, servers come and go at the end",
    options: &[
        number_key::OPTION,
        OptionSpec::choice(
            "draws",
            &["splitmix", "xorshift"],
            "generator: hash4j's SplitMix64, or its xorshift, which redistributes unevenly",
        ),
    ],
    order: |_| Order::Positional,
    minimal: |_| MINIMAL,
    proven: 116_000,
    numbers: true,
    ..SchemeEntry::new("jumpback", build)
};

pub(crate) static HOLES: SchemeEntry = SchemeEntry {
    program: "Continuum",
    versions: "all",
    about: "numbered shards of which any may be missing: no table, even, always minimal",
    options: &[
        OptionSpec::new(
            "slots",
            Accepts::Whole(1, 1 << 20),
            "256",
            "shard numbers there are, from 0 up; each server's id is its shard number",
        )
        .trying(&["128", "512", "1024", "4096"]),
        number_key::OPTION,
    ],
    capacities: |_| Capacities::Whole(1),
    order: |_| Order::Free,
    proven: 0,
    advice: advise_holes,
    numbers: true,
    ..SchemeEntry::new("jumpback-holes-1", build_holes)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let buckets = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    let hash = NumberKey::new(options);
    Ok(if options.choice("draws") == "xorshift" {
        Box::new(Hashed { hash, place: Numbered::<JumpBack<Xorshift>>::new(buckets) })
    } else {
        Box::new(Hashed { hash, place: Numbered::<JumpBack<SplitMix64>>::new(buckets) })
    })
}

fn build_holes(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let slots = options.whole32("slots");
    let refuse = |server: &Server, why: String| {
        Err(Error::new(
            Kind::Server,
            format!(
                "server {}: {why}; scheme '{}' takes each server's id for its shard number",
                quoted(&server.identity()),
                HOLES.name
            ),
        ))
    };
    let mut taken = vec![NO_OWNER; slots as usize];
    let mut owners = taken.clone();
    for (number, server) in (0_u32..).zip(servers) {
        let Some(id) = server.id() else {
            return refuse(server, "it has no id".to_owned());
        };
        let Some(shard) = taken.get_mut(id as usize) else {
            return refuse(server, format!("its id {id} is not below slots={slots}"));
        };
        if let Some(other) = servers.get(*shard as usize) {
            let other = quoted(&other.identity());
            return refuse(server, format!("its id {id} is that of {other} too"));
        }
        *shard = number;
        if server.capacity().get() > 0.0 {
            owners[id as usize] = number;
        }
    }
    Ok(Box::new(Hashed { hash: NumberKey::new(options), place: Holes::new(owners) }))
}

fn advise_holes(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let slots = options.whole("slots");
    let live = servers.iter().filter(|server| server.capacity().get() > 0.0).count() as u64;
    if live == 0 || live.saturating_mul(8) >= slots {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Slow,
        format!(
            "{live} of {slots} shards are there: a look-up tries {} numbers in the mean; fewer \
             slots are faster (another number of slots moves keys)",
            slots / live
        ),
    )]
}
