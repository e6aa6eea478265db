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

/// What is hashed of a key, and how.
pub(super) struct Keys {
    tag: Tag,
    hash: Plain64,
}

impl Keys {
    /// As the options have it. Refuses what no filter does.
    pub(super) fn of(options: &Options<'_>) -> Result<Self, Error> {
        let tags = options.switch(TAGS.name);
        if tags && options.choice(KEYS.name) != "redis" {
            let why = "tags=on goes with keys=redis: a route of HTTP has no tags";
            return Err(Error::new(Kind::Scheme, format!("scheme '{}': {why}", options.scheme)));
        }
        let tag = if tags { Tag::RedisCluster } else { Tag::Off };
        Ok(Self { tag, hash: Plain64(HASHES.chosen(options, KEYS.name)) })
    }

    /// Keys on these places.
    pub(super) fn on<P: Place<u64> + 'static>(self, place: P) -> Box<dyn Placement> {
        let Self { tag, hash } = self;
        match tag {
            Tag::Off => Box::new(Hashed { hash, place }),
            tag => Box::new(Hashed { hash: Tagged { tag, hash }, place }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Continuum, Servers};

    #[test]
    fn tags_are_of_redis_alone() {
        let of = |scheme: &str| {
            let servers = Servers::from_texts(["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);
            Continuum::with_servers(scheme.parse().unwrap(), servers.unwrap())
        };
        for scheme in ["envoy-maglev", "envoy-ring-hash"] {
            let whole = of(&format!("{scheme}:keys=redis")).unwrap();
            let tagged = of(&format!("{scheme}:keys=redis,tags=on")).unwrap();
            for number in 0..100 {
                let tag = format!("user{number}");
                let owner = whole.resolve_index(&tag);
                assert_eq!(tagged.resolve_index(format!("a{{{tag}}}:b")), owner);
                assert_eq!(tagged.resolve_index(&tag), owner);
            }
            let error = of(&format!("{scheme}:tags=on")).unwrap_err().to_string();
            assert!(error.ends_with("tags=on goes with keys=redis: a route of HTTP has no tags"));
        }
    }
}
