//! lua-resty-balancer's `resty.chash`, and what ingress-nginx and APISIX make of it.
//!
//! Rule. A node is a text and a weight: 160 points a unit of weight. Point 0 is the
//! CRC-32 of the text and four zero bytes; each further point puts the point before, as
//! four little-endian bytes, in place of the zero bytes. A key is its CRC-32 and
//! belongs to the first point at or above, around the ring; the walk goes on point by
//! point.
//!
//! `resty-chash`: the text is given by the caller; a fraction of a weight counts where
//! 160 times it is whole. `ingress-nginx`: the text is `address:port` and every weight
//! is 1; with `subset` (`upstream-hash-by-subset`) the ring is over the texts `set1` to
//! `setN`, a set for each so many endpoints. `apisix`: every colon of the text becomes a
//! zero byte, and the weights are divided by their greatest common divisor.
//!
//! Quirks, all kept:
//! - Of points at one position the one met first in Lua's `pairs` owns, whose order
//!   cannot be known outside LuaJIT; here that is the order of the list (`ties=first`).
//!   After `set` or `incr` the node added last owns (`ties=last`).
//! - With one server the key is hashed all the same, and so is the empty key.
//! - A weight of APISIX with a common divisor gives other points than nginx does.
//!
//! With `subset` an answer is the number of a subset, given as the server of that
//! number: set n holds the servers from (n - 1) times the size on, and the last is
//! filled up from the front of the list; the member is drawn at random. A server's name
//! is the text; else it is `host:port`, with brackets around IPv6. Not covered: the
//! order after `delete` and `decr`, and other fractions, which leave holes.

use std::borrow::Cow;

use crate::error::{Error, Kind, quoted};
use crate::hash::crc32::chain;
use crate::lanes::Hash32;
use crate::lanes::crc32::crc32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{
    Accepts, Advice, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry, Topic,
};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};
use crate::server::Server;

/// Points a unit of weight.
const POINTS: u64 = 160;

const TIES: OptionSpec = OptionSpec::new(
    "ties",
    Accepts::Choice(&["first", "last"]),
    "first",
    "who owns a position that points share: the first of the list, or after set and incr the last",
)
.trying(&[]);

pub(crate) static RESTY: SchemeEntry = SchemeEntry {
    aliases: &["lua-resty-balancer"],
    program: "lua-resty-balancer chash",
    versions: "1cd4363 (2023-05-24)",
    about: "CRC-32 ring of 160 points a unit of weight over any texts",
    options: &[TIES],
    capacities: |_| Capacities::UpTo(u32::MAX),
    proven: 8028,
    ..SchemeEntry::new("resty-chash", build_resty)
};

pub(crate) static INGRESS: SchemeEntry = SchemeEntry {
    program: "ingress-nginx upstream-hash-by",
    versions: "dbb11b92 (its last)",
    about: "resty-chash over address:port, or over numbered subsets",
    options: &[
        TIES,
        OptionSpec::new(
            "subset",
            Accepts::Whole(0, 1_000_000),
            "0",
            "upstream-hash-by-subset-size; 0: no subsets",
        )
        .trying(&[]),
    ],
    order: |options| if options.whole("subset") == 0 { Order::Ties } else { Order::Positional },
    minimal: |options| match options.whole("subset") {
        0 => Minimal::ALWAYS,
        _ => Minimal { add: false, remove: false, weight: true },
    },
    proven: 6108,
    advice: advise_subsets,
    ..SchemeEntry::new("ingress-nginx", build_ingress)
};

pub(crate) static APISIX: SchemeEntry = SchemeEntry {
    aliases: &["apisix-chash"],
    program: "APISIX chash",
    versions: "f519a0f0",
    about: "resty-chash over texts without colons, weights divided by their divisor",
    options: &[TIES],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    minimal: |_| Minimal::NEVER,
    proven: 5410,
    ..SchemeEntry::new("apisix", build_apisix)
};

/// The ring of texts, each with how many points it has.
fn ring<'s>(
    options: &Options<'_>,
    nodes: impl Iterator<Item = (Cow<'s, str>, u64)>,
) -> Result<Box<dyn Placement>, Error> {
    let mut nodes: Vec<(u32, (Cow<'s, str>, u64))> = (0_u32..).zip(nodes).collect();
    check_total(options, nodes.iter().map(|(_, (_, count))| *count))?;
    if options.choice("ties") == "last" {
        // Of points at one position the one made first owns.
        nodes.reverse();
    }
    let mut points = Points::new(options);
    for (owner, (text, count)) in nodes {
        let base = crc32(text.as_bytes());
        let name = |number| format!("{} point {number}", text.escape_default());
        points.add_run(owner, count, |run| chain(base, run), name);
    }
    let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::Keep));
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Crc32), place }))
}

fn build_resty(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let counts = servers
        .iter()
        .map(|server| {
            let points = server.capacity().get() * 160.0;
            let whole = points.fract() == 0.0;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, and from 0 to 160 times 2^32"
            )]
            let count = points as u64;
            whole.then_some(count).ok_or_else(|| {
                Error::new(
                    Kind::Capacity,
                    format!(
                        "scheme 'resty-chash': server {}: 160 times the capacity {} is no whole \
                         number of points",
                        quoted(&server.identity()),
                        server.capacity()
                    ),
                )
            })
        })
        .collect::<Result<Vec<u64>, Error>>()?;
    ring(options, servers.iter().map(Server::identity).zip(counts))
}

fn build_ingress(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let size = usize::try_from(options.whole("subset")).unwrap_or(usize::MAX);
    if size == 0 {
        return ring(options, servers.iter().map(|server| (server.identity(), POINTS)));
    }
    let sets = servers.len().div_ceil(size);
    ring(options, (1..=sets).map(|number| (Cow::Owned(format!("set{number}")), POINTS)))
}

fn build_apisix(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let weights = servers.iter().map(|server| server.capacity().whole().unwrap_or(0));
    let divisor = weights.clone().fold(0, divisor).max(1);
    let texts = servers.iter().map(|server| Cow::Owned(server.identity().replace(':', "\0")));
    ring(options, texts.zip(weights.map(|weight| weight / divisor * POINTS)))
}

/// The greatest common divisor.
fn divisor(one: u64, other: u64) -> u64 {
    if other == 0 { one } else { divisor(other, one % other) }
}

fn advise_subsets(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let size = options.whole("subset");
    if size == 0 || servers.is_empty() {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Differs,
        format!(
            "with subset={size} an answer is the number of a subset, shown as the server of that \
             number: of that subset's {size} members ingress-nginx draws one at random"
        ),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capacity, Continuum, Servers};

    #[test]
    fn common_divisors() {
        assert_eq!([4, 6, 10].into_iter().fold(0, divisor), 2);
        assert_eq!([0, 0].into_iter().fold(0, divisor), 0);
        assert_eq!([0, 7].into_iter().fold(0, divisor), 7);
    }

    #[test]
    fn a_part_of_a_point_is_refused() {
        let mut servers = Servers::new();
        let third = Capacity::try_from(1.0 / 3.0).unwrap();
        servers.add(Server::new("a", 80).with_capacity(third)).unwrap();
        let error = Continuum::with_servers("resty-chash".parse().unwrap(), servers).unwrap_err();
        assert!(error.is_invalid_capacity(), "{error}");
        assert!(
            error.to_string().contains("server 'a:80': 160 times the capacity 0.333"),
            "{error}"
        );
    }
}
