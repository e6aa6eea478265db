//! golang/groupcache's `consistenthash` (Go, commit 2c02b82 of 2024-11-29).
//!
//! Rule. A server has `points` points (the `replicas` given; `HTTPPool`'s default is
//! 50): the CRC-32 of its number in decimal followed by the server's name, which is
//! its name or else `host:port`. A key is its CRC-32 and belongs to the first point
//! at or above, around the ring.
//!
//! Quirks, all kept:
//! - The points are stathat's, the search is not: a key on a point belongs to it.
//! - A point that two servers share belongs to the one added last.
//! - No weights.
//!
//! `HTTPPool` names peers by base URL (`http://10.0.0.1:8008`): give it as the
//! server's name. The program names no second server; candidates walk up the ring.
//!
//! Not covered: another hash passed to `consistenthash.New`.

use crate::error::Error;
use crate::lanes::Hash32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{Accepts, OptionSpec, Options, SchemeEntry};
use crate::schemes::libraries::stathat::number_first;
use crate::schemes::shared::plain::Plain32;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "golang/groupcache consistenthash",
    versions: "2c02b82 (2024-11-29)",
    about: "CRC-32 ring of 50 points a server, first at or above",
    options: &[OptionSpec::new(
        "points",
        Accepts::Whole(1, 1 << 20),
        "50",
        "points a server (replicas)",
    )
    .trying(&[
        "3", "10", "20", "40", "100", "128", "150", "160", "200", "256", "500", "512", "1000",
    ])],
    proven: 31_576,
    ..SchemeEntry::new("groupcache", build)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let points = number_first(SCHEME.name, Hash32::Crc32, options, servers)?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Crc32), place: points.ring(rules) }))
}
