//! hash_ring (Python 2) and its successor hashring.
//! Rule, quirks, versions and limits: `docs/schemes/hash-ring.md`.

use crate::schemes::libraries::uhashring::shared_out;
use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["hashring"],
    program: "hash_ring, hashring",
    versions: "hash_ring 1.3.1, hashring 1.5.1",
    about: "MD5 ring of 120 points a server on average, by weight",
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    minimal: |_| Minimal::NEVER,
    proven: 62_856,
    ..SchemeEntry::new("hash-ring", build)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    const LABELS: u64 = 40;
    let labels = shared_out(LABELS, &ketama::weights(servers));
    check_total(options, labels.iter().map(|labels| labels.saturating_mul(3)))?;
    let mut points = Points::new(options);
    for ((owner, server), labels) in (0_u32..).zip(servers).zip(labels) {
        ketama::add_points(&mut points, owner, &server.label(), labels, 3);
    }
    let rules = Rules::new(Seek::After, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place: points.ring(rules) }))
}
