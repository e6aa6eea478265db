//! vLLM's router, policy `consistent_hash`.
//!
//! Rule. A text's position is the MurmurHash64A (seed 4193360111) of four little-endian
//! bytes, which hold mcrouter's `furc_hash` of the text over 2^23 - 1 buckets. Points of
//! a worker are those of `URL:J`, J below 160, the URL as configured; a key is that of
//! `header:NAME:VALUE` and belongs to the first point at or above, around the ring.
//!
//! `header` is the name; the router looks for `x-session-id` first, then `x-user-id` and
//! others.
//!
//! Quirks, all kept:
//! - There are 8,388,607 positions: among fifty workers a few points meet, and the
//!   worker registered later takes them over.
//! - `user` and `session_id` in the body of a chat request do not count: such requests
//!   all go to one worker.
//!
//! A server's name is its URL; else it is `http://host:port`. No weights.

use std::borrow::Cow;

use crate::error::Error;
use crate::hash::murmur2::murmur64a;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space};
use crate::scheme::{Accepts, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::furc::{SEED, furc_hash};
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::server::Server;

const POINTS: u64 = 160;
/// Buckets of the furc hash.
const BUCKETS: u32 = (1 << 23) - 1;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "vLLM router",
    versions: "0.1.17",
    about: "ring of 160 points a worker, hashed by furc_hash and MurmurHash64A",
    options: &[OptionSpec::new(
        "header",
        Accepts::Text(200),
        "x-session-id",
        "name of the header whose value is the key",
    )
    .trying(&["x-user-id"])],
    proven: 3458,
    ..SchemeEntry::new("vllm-router", build)
};

fn position(text: &[u8]) -> u64 {
    murmur64a(&furc_hash(text, BUCKETS).to_le_bytes(), SEED)
}

/// A key behind its header.
struct Header(Box<[u8]>);

impl KeyHash for Header {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        const SHORT: usize = 512;
        let mut short = [0; SHORT];
        let head = self.0.len();
        match short.get_mut(..head + key.len()) {
            Some(text) => {
                text[..head].copy_from_slice(&self.0);
                text[head..].copy_from_slice(key);
                position(text)
            }
            None => position(&self.hashed(key)),
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Owned([&*self.0, key].concat())
    }

    fn space(&self) -> Space {
        Space { hash: format!("furc-behind-{}", String::from_utf8_lossy(&self.0)), size: None }
    }
}

fn url(server: &Server) -> Cow<'_, str> {
    match server.name() {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("http://{}", server.address())),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    check_total(options, servers.iter().map(|_| POINTS))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| POINTS,
        |points, owner, server, count| {
            let mut label = Label::new(format!("{}:", url(server)));
            for number in 0..count {
                let label = label.numbered(number);
                points.add(owner, position(label), label);
            }
            Ok(())
        },
    )?;
    let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::Last));
    let hash = Header(format!("header:{}:", options.text("header")).into_bytes().into());
    Ok(Box::new(Hashed { hash, place }))
}
