//! stathat/consistent (Go).
//! Rule, quirks, versions and limits: `docs/schemes/stathat.md`.

use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};
use crate::schemes::shared::words::Words;

const HASHES: Words<Hash32, 2> =
    Words([("crc32", Hash32::Crc32), ("fnv1a_32", Hash32::Fnv1a32Plain)]);

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "stathat/consistent",
    versions: "30ea17e (2019-09-19)",
    about: "CRC-32 ring of 20 points a server, first strictly above",
    options: &[
        OptionSpec::new("points", Accepts::Whole(1, 1 << 20), "20", "points a server")
            .trying(&["40", "50", "100", "120", "128", "150", "160", "200", "256", "500", "1000"]),
        OptionSpec::choice(
            "hash",
            const { &HASHES.list() },
            "the hash of points and keys (fnv1a_32: UseFnv)",
        ),
    ],
    proven: 71_600,
    ..SchemeEntry::new("stathat", build)
};

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = HASHES.chosen(options, "hash");
    let points = number_first(hash, options, servers)?;
    let rules = Rules::new(Seek::After, Shared::Last);
    Ok(Box::new(Hashed { hash: Plain32(hash), place: points.ring(rules) }))
}

/// Points at the hash of `number` + name, numbers from 0: groupcache's too.
pub(super) fn number_first<'t>(
    hash: Hash32,
    options: &Options<'t>,
    servers: &[Server],
) -> Result<Points<'t, u32>, Error> {
    let each = options.whole32("points");
    check_total(options, servers.iter().map(|_| u64::from(each)))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| u64::from(each),
        |points, owner, server, count| {
            let name = server.label();
            for number in 0..count {
                let label = format!("{number}{name}");
                points.add(owner, hash.hash(label.as_bytes()), label.as_bytes());
            }
            Ok(())
        },
    )?;
    Ok(points)
}
