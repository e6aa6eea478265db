//! go-redis's `Ring`.
//!
//! Rule. Rendezvous over the names of the shards (the keys of `RingOptions.Addrs`):
//! with h the XXH64 (seed 0) of the key and n that of a name, the shard of the
//! highest `mix(h ^ n)` owns, mix being xorshift64*. Of a key the tag alone is
//! hashed: from the first `{` to the first `}` behind it, if a byte lies between.
//!
//! Quirks, all kept:
//! - Addresses are not hashed: another address under a name moves no key.
//! - A key that equals a shard's name scores 0 there, so that shard never gets it
//!   unless it is alone.
//! - `{}x{a}` is hashed whole: the first pair of braces is empty.
//!
//! A server's name is the shard's; else it is `host:port`. No weights. Shards that are
//! down leave the ring: the candidates say who takes over. Not covered: v8 and older,
//! and rings made with a `NewConsistentHash` of the caller's own.

use std::borrow::Cow;

use crate::error::Error;
use crate::hash::xxh64::xxh64;
use crate::lanes::Hash64;
use crate::placement::{Hashed, KeyHash, Mixed, Placement, Space};
use crate::scheme::{Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["go-redis-ring"],
    program: "go-redis Ring",
    versions: "v9 216593cc (2026-08-21)",
    about: "rendezvous of XXH64 over shard names, tags in braces",
    order: |_| Order::Free,
    proven: 4715,
    ..SchemeEntry::new("go-redis", build)
};

/// What is hashed of a key.
fn tag(key: &[u8]) -> &[u8] {
    let inside = key.iter().position(|byte| *byte == b'{').map(|open| &key[open + 1..]);
    let cut = |inside: &'_ [u8]| inside.iter().position(|byte| *byte == b'}');
    match inside.and_then(|inside| Some((inside, cut(inside)?))) {
        Some((inside, length)) if length > 0 => &inside[..length],
        _ => key,
    }
}

struct Tagged;

impl KeyHash for Tagged {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        xxh64(tag(key), 0)
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        Cow::Borrowed(tag(key))
    }

    fn space(&self) -> Space {
        Space { hash: "xxh64-of-tag".to_owned(), size: Hash64::Xxh64 { seed: 0 }.range() }
    }
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let place = Mixed::new(servers.iter().map(|server| xxh64(server.label().as_bytes(), 0)));
    Ok(Box::new(Hashed { hash: Tagged, place }))
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn tags() {
        for (key, hashed) in [
            ("a{b}c", "b"),
            ("{}x{a}", "{}x{a}"),
            ("a}b{c}d", "c"),
            ("{a", "{a"),
            ("{{a}}", "{a"),
            ("", ""),
        ] {
            assert_eq!(tag(key.as_bytes()), hashed.as_bytes(), "{key}");
        }
    }
}
