//! How Envoy hashes a key, by the filter that leads to the cluster.
//! Rule: `docs/schemes/envoy-ring-hash.md`.

use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain64;
use crate::schemes::shared::tags::{Tag, Tagged};
use crate::schemes::shared::words::Words;

/// `MURMUR_HASH_2`, with the seed of libstdc++'s `std::hash`.
pub(super) const MURMUR_2: Hash64 = Hash64::Murmur64A { seed: 0xc70f_6907 };

const HASHES: Words<Hash64, 2> = Words([("http", Hash64::Xxh64 { seed: 0 }), ("redis", MURMUR_2)]);

/// Which filter leads to the cluster.
pub(super) const KEYS: OptionSpec = OptionSpec::choice(
    "keys",
    const { &HASHES.list() },
    "redis: a redis_proxy leads to the cluster, and hashes keys in another way",
)
.later();

/// Whether that filter has `enable_hashtagging`.
pub(super) const TAGS: OptionSpec = OptionSpec::new(
    "tags",
    Accepts::Switch,
    "off",
    "on: the redis_proxy hashes the part of a key in {} (enable_hashtagging)",
)
.trying_tags(&["on"])
.later();

/// Places hashed by what leads to the cluster.
pub(super) fn keyed<P: Place<u64> + 'static>(
    options: &Options<'_>,
    place: P,
) -> Result<Box<dyn Placement>, Error> {
    let hash = Plain64(HASHES.chosen(options, KEYS.name));
    if !options.switch(TAGS.name) {
        return Ok(Box::new(Hashed { hash, place }));
    }
    if options.choice(KEYS.name) != "redis" {
        let why = "tags=on goes with keys=redis: a route of HTTP has no tags";
        return Err(Error::new(Kind::Scheme, format!("scheme '{}': {why}", options.scheme)));
    }
    Ok(Box::new(Hashed { hash: Tagged { tag: Tag::RedisCluster, hash }, place }))
}
