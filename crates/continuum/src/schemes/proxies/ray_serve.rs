//! Ray Serve's `ConsistentHashRouter`.
//!
//! Rule. A replica has the points `unique_id:J`, J below `num_virtual_nodes` (100), at
//! the low 64 bits of their MurmurHash3 (x64, 128 bits, seed 0xf9b4ca77). A session id
//! is hashed alike and belongs to the first point strictly above, around the ring; the
//! fallbacks are the next replicas.
//!
//! Quirks, all kept:
//! - A replica's unique id is random at each start: a map does not outlive its
//!   replicas. A server's name is that id; else it is `host:port`.
//! - Replicas that share a point: unspecified in the program, whose set has no order;
//!   here the first of the list.
//!
//! No weights.

use crate::error::Error;
use crate::hash::murmur3::x64_128;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space};
use crate::scheme::{Accepts, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::server::Server;

const SEED: u32 = 0xf9b4_ca77;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Ray Serve",
    versions: "ray 2.60.0",
    about: "MurmurHash3 ring of 100 points a replica, first above",
    options: &[OptionSpec::new("points", Accepts::Whole(1, 1 << 20), "100", "num_virtual_nodes")
        .trying(&["10", "50", "160", "200", "1000"])],
    proven: 6060,
    ..SchemeEntry::new("ray-serve", build)
};

fn position(text: &[u8]) -> u64 {
    x64_128(text, SEED)[0]
}

struct Session;

impl KeyHash for Session {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        position(key)
    }

    fn space(&self) -> Space {
        Space { hash: "murmur3-x64-low64-4189375095".to_owned(), size: Some(1 << 64) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let each = options.whole("points");
    check_total(options, servers.iter().map(|_| each))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| each,
        |points, owner, server, count| {
            let mut label = Label::new(format!("{}:", server.label()));
            for number in 0..count {
                let label = label.numbered(number);
                points.add(owner, position(label), label);
            }
            Ok(())
        },
    )?;
    let place = points.ring(Rules::new(Seek::After, Shared::Keep));
    Ok(Box::new(Hashed { hash: Session, place }))
}
