//! SGLang's router (model gateway), policy `ConsistentHashing`.
//!
//! Rule. Despite its name it is no ring: the first eight bytes of the key's BLAKE3,
//! little-endian, modulo the number of healthy workers, which are numbered in the order
//! in which they registered. The key is the header `x-smg-routing-key`, else
//! `authorization`.
//!
//! Quirks, all kept:
//! - Every change of the workers moves nearly every key.
//! - The order of registration differs from start to start, whatever the command line
//!   says: list the servers in the order that the router shows.
//! - A header that is not ASCII is ignored.
//!
//! No weights. The program names one worker; candidates are the following ones. Not
//! covered: the ring in its source (150 points a URL), which 0.3.2 was never seen to
//! reach.

use crate::error::Error;
use crate::hash::blake3::first64;
use crate::placement::{Hashed, KeyHash, Placement, Slots, Space};
use crate::scheme::{Accepts, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "SGLang router",
    versions: "0.3.2",
    about: "BLAKE3 of the key, modulo the workers in the order of registration",
    options: &[OptionSpec::new(
        "order",
        Accepts::Choice(&["registration"]),
        "registration",
        "what numbers the workers: the list is in the order of registration",
    )],
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 3458,
    ..SchemeEntry::new("sglang-router", build)
};

struct Blake3;

impl KeyHash for Blake3 {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        first64(key)
    }

    fn space(&self) -> Space {
        Space { hash: "blake3-first64".to_owned(), size: Some(1 << 64) }
    }
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let workers: Vec<u32> = (0_u32..).zip(servers).map(|(number, _)| number).collect();
    let place = Slots::new(workers, servers.len() > 1);
    Ok(Box::new(Hashed { hash: Blake3, place }))
}
