//! golang/groupcache's `consistenthash` (Go).
//! Rule, quirks, versions and limits: `docs/schemes/groupcache.md`.

use crate::schemes::libraries::stathat::number_first;
use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain32;

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
    let points = number_first(Hash32::Crc32, options, servers)?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Crc32), place: points.ring(rules) }))
}
