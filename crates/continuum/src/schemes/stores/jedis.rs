//! `ShardedJedis` and `JedisSharding` of Jedis (Java).
//! Rule, quirks, versions and limits: `docs/schemes/jedis.md`.

use crate::error::Error;
use crate::lanes::{Hash32, Hash64};
use crate::placement::{Hashed, Place as _, Placement, RingPosition, Rules, Seek, Shared};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::{Plain32, Plain64};
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::schemes::shared::tags::{Tag, Tagged};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Jedis ShardedJedis, JedisSharding",
    versions: "3.10.0, 4.4.8",
    about: "ring of 160 points a weight, of shards numbered by their place or by name",
    options: &[
        OptionSpec::new("hash", Accepts::Choice(&["murmur", "md5"]), "murmur", "the Hashing"),
        OptionSpec::new("tags", Accepts::Switch, "off", "whether a tag pattern was given")
            .trying_tags(&["on"]),
    ],
    capacities: |_| Capacities::Whole(1 << 20),
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 14_772,
    ..SchemeEntry::new("jedis", build)
};

const MURMUR: Hash64 = Hash64::Murmur64A { seed: 0x1234_abcd };

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let tag = if options.switch("tags") { Tag::Jedis } else { Tag::Off };
    Ok(if options.choice("hash") == "md5" {
        let place = ring(options, servers, |label| Hash32::Md5.hash(label))?;
        Box::new(Hashed { hash: Tagged { tag, hash: Plain32(Hash32::Md5) }, place })
    } else {
        let place = ring(options, servers, |label| MURMUR.hash(label))?;
        Box::new(Hashed { hash: Tagged { tag, hash: Plain64(MURMUR) }, place })
    })
}

fn ring<P: RingPosition>(
    options: &Options<'_>,
    servers: &[Server],
    hash: impl Fn(&[u8]) -> P,
) -> Result<crate::placement::Ring<P>, Error> {
    const POINTS: u64 = 160;
    let weights = ketama::weights(servers);
    check_total(options, weights.iter().map(|weight| weight.saturating_mul(POINTS)))?;
    let mut points = Points::new(options);
    for ((owner, server), weight) in (0_u32..).zip(servers).zip(weights) {
        let mut label = Label::new(match server.given_name() {
            Some(name) => format!("{name}*"),
            None => format!("SHARD-{owner}-NODE-"),
        });
        for number in 0..POINTS * weight {
            let label = label.numbered(number);
            points.add(owner, hash(label), label);
        }
    }
    let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::Last));
    let numbered = servers.iter().any(|server| server.given_name().is_none());
    let order_matters = place.order_matters() || numbered && servers.len() > 1;
    Ok(place.with_order_matters(order_matters))
}
