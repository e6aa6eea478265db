//! What our own schemes share: how a key and an identity are hashed, and who
//! wins a tie.
//!
//! XXH3 (64 bits, seed 0) of the key's bytes: frozen since xxHash 0.8.0, every
//! bit of it depends on every bit of the key (slots take the top bits), the
//! fastest of its quality on short keys, and at hand in every language.

use crate::hash::xxh3::xxh3_64;
use crate::placement::Contender;
use crate::schemes::prelude::*;

/// XXH3 of the key.
pub(crate) struct Xxh3Key;

impl KeyHash for Xxh3Key {
    type Position = u64;

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        xxh3_64(key, 0)
    }

    fn space(&self) -> Space {
        Space { hash: "xxh3-64".to_owned(), size: Some(1 << 64) }
    }
}

/// What ties between servers fall by: hash of identity, then identity. A property
/// of the set, not of the list.
pub(crate) fn tie_order(server: &Server) -> (u64, String) {
    let identity = server.identity().into_owned();
    (xxh3_64(identity.as_bytes(), 0), identity)
}

/// The servers that have capacity, in [`tie_order`].
pub(crate) fn contenders(servers: &[Server]) -> Vec<Contender> {
    let mut named: Vec<(u64, String, Contender)> = (0_u32..)
        .zip(servers)
        .filter(|(_, server)| server.capacity().get() > 0.0)
        .map(|(owner, server)| {
            let (hash, identity) = tie_order(server);
            let contender = Contender { hash, capacity: server.capacity().get(), owner };
            (hash, identity, contender)
        })
        .collect();
    named.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    named.into_iter().map(|(_, _, contender)| contender).collect()
}
