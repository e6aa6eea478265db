//! HAProxy: `hash-type consistent` and `hash-type map-based` of a backend.
//! Rule, quirks, versions and limits: `docs/schemes/haproxy.md`.
//!
//! Bounded loads (`hash-balance-factor`) are
//! [`HaproxyBounded`](crate::compat::HaproxyBounded); what is hashed of a request is
//! in `input`.

pub(crate) mod input;

use std::collections::BTreeSet;
use std::net::IpAddr;

use self::input::{FUNCTIONS, HaproxyKey};
use crate::hash::avalanche::avalanche;
use crate::hash::xxh32::xxh32;
use crate::placement::Ring;
use crate::schemes::prelude::*;
use crate::schemes::shared::points::{Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "HAProxy",
    versions: "2.6.12, 3.2.0 (dialect=3.0), 3.5-dev5",
    about: "ring of 16 points a unit of weight, the nearest wins; or the map-based table",
    options: &[
        OptionSpec::choice("method", &["consistent", "map-based"], "the method of hash-type"),
        OptionSpec::choice(
            "function",
            const { &FUNCTIONS.list() },
            "the function of hash-type; default is sdbm",
        )
        .trying(&["djb2", "wt6", "crc32"]),
        OptionSpec::choice(
            "avalanche",
            &["default", "on", "off"],
            "the modifier of hash-type; default is on for consistent without a function",
        ),
        OptionSpec::choice(
            "dialect",
            &["classic", "3.0"],
            "how points are numbered: 3.0 is for 3.0.0 to 3.2 before October 2025",
        ),
        OptionSpec::choice(
            "input",
            &["raw", "uri", "hdr", "url-param", "src", "source"],
            "what of a key is hashed: all, or what this balance algorithm reads",
        )
        .trying(&["uri", "src", "source"]),
        OptionSpec::new("whole", Accepts::Switch, "off", "input=uri: with the query").trying(&[]),
        OptionSpec::new(
            "len",
            Accepts::Whole(0, 1 << 31),
            "0",
            "input=uri: only so many bytes; 0 is all",
        ),
        OptionSpec::new(
            "depth",
            Accepts::Whole(0, 1 << 31),
            "0",
            "input=uri: only so many directories; 0 is all",
        ),
        OptionSpec::new("param", Accepts::Text(255), "", "input=url-param: the parameter's name"),
    ],
    capacities: |_| Capacities::Whole(256),
    order: |options| {
        if options.choice("method") == "consistent" { Order::Ties } else { Order::Positional }
    },
    minimal: |options| {
        if options.choice("method") == "consistent" { Minimal::ALWAYS } else { Minimal::NEVER }
    },
    proven: 237_009,
    advice,
    ..SchemeEntry::new("haproxy", build)
};

/// Points a unit of weight: `BE_WEIGHT_SCALE`.
pub(crate) const POINTS: u64 = 16;
/// How far ids lie apart: `SRV_EWGHT_RANGE`.
const ID_RANGE: u32 = 4096;

/// The whole weight; the build has refused others.
pub(crate) fn weight(server: &Server) -> u64 {
    server.capacity().whole().unwrap_or(0)
}

/// Every server's id: its own, or the next that is free.
fn ids(servers: &[Server]) -> Result<Vec<u32>, Error> {
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    for server in servers {
        let Some(id) = server.id() else { continue };
        let refuse = |why: &str| {
            let server = quoted(&server.identity()).to_string();
            Err(Error::new(Kind::Server, format!("server {server}: id {id} {why}")))
        };
        if i32::try_from(id).is_err() || id == 0 {
            return refuse("is not from 1 to 2147483647, which HAProxy takes");
        }
        if !taken.insert(id) {
            return refuse("is another server's too, which HAProxy refuses");
        }
    }
    let mut next = 1_u32;
    Ok(servers
        .iter()
        .map(|server| {
            let id = server.id().unwrap_or_else(|| {
                while taken.contains(&next) {
                    next += 1;
                }
                taken.insert(next);
                next
            });
            // The count goes on over servers that have an id.
            next += 1;
            id
        })
        .collect())
}

/// Where a server's points start, before the last avalanche.
fn base(server: &Server, id: u32, regression: bool) -> Result<u32, Error> {
    let refuse = |why: String| {
        let server = quoted(&server.identity()).to_string();
        Err(Error::new(Kind::Server, format!("server {server}: {why}")))
    };
    let by_id = if regression { avalanche(id) } else { id.wrapping_mul(ID_RANGE) };
    let seed = match server.hash_key() {
        None | Some("id") => return Ok(by_id),
        Some("id32") => return Ok(avalanche(id.swap_bytes())),
        Some("guid") => match server.guid() {
            Some(guid) => return Ok(xxh32(guid.as_bytes(), 0)),
            None => return refuse("it has no guid, which its hash key asks for".to_owned()),
        },
        Some("addr" | "addr-port") if server.is_unix_socket() => return Ok(by_id),
        Some("addr") => 0,
        Some("addr-port") => match server.port() {
            Some(port) => avalanche(u32::from(port)),
            None => return refuse("it has no port, which its hash key asks for".to_owned()),
        },
        Some(other) => {
            return refuse(format!(
                "hash key {} is none of id, id32, addr, addr-port, guid",
                quoted(other)
            ));
        }
    };
    match server.host().parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            Ok(avalanche(seed.wrapping_add(u32::from_le_bytes(address.octets()))))
        }
        Ok(IpAddr::V6(address)) => Ok(xxh32(&address.octets(), seed)),
        Err(_) => refuse(format!(
            "host {} is no address, which its hash key asks for",
            quoted(server.host())
        )),
    }
}

/// Whether a server's points hang on its place in the list.
fn numbered(server: &Server) -> bool {
    let by_id = match server.hash_key() {
        None | Some("id" | "id32") => true,
        Some("addr" | "addr-port") => server.is_unix_socket(),
        Some(_) => false,
    };
    by_id && server.id().is_none()
}

/// The ring of `hash-type consistent` behind its key hash.
pub(crate) fn consistent(
    options: &Options<'_>,
    servers: &[Server],
) -> Result<Hashed<HaproxyKey, Ring<u32>>, Error> {
    check_total(options, servers.iter().map(|server| weight(server) * POINTS))?;
    let regression = options.choice("dialect") == "3.0";
    let mut points = Points::new(options);
    for ((owner, server), id) in (0_u32..).zip(servers).zip(ids(servers)?) {
        let base = base(server, id, regression)?;
        let count = u32::try_from(weight(server) * POINTS).unwrap_or(u32::MAX);
        for j in 0..count {
            let position = avalanche(base.wrapping_add(j));
            points.add_named(owner, position, || match server.hash_key() {
                Some("guid") => format!("guid {} point {j}", server.guid().unwrap_or_default()),
                Some("addr") if !server.is_unix_socket() => {
                    format!("addr {} point {j}", server.host())
                }
                Some("addr-port") if !server.is_unix_socket() => {
                    format!("addr-port {} point {j}", server.address())
                }
                Some("id32") => format!("id32 {id} point {j}"),
                _ => format!("id {id} point {j}"),
            });
        }
    }
    let mut ring = points.ring(Rules::new(Seek::Nearest, Shared::Keep));
    if servers.len() > 1 && servers.iter().any(numbered) {
        ring = ring.with_order_matters(true);
    }
    Ok(Hashed { hash: HaproxyKey::new(options), place: ring })
}

/// The table of `hash-type map-based`.
fn map(options: &Options<'_>, servers: &[Server]) -> Result<Slots, Error> {
    fn gcd(one: u64, other: u64) -> u64 {
        if other == 0 { one } else { gcd(other, one % other) }
    }
    let weights: Vec<u64> = servers.iter().map(weight).collect();
    let divisor = weights.iter().copied().fold(0, gcd).max(1);
    // Weights reach 256: nothing here comes near the end of 63 bits.
    let weights: Vec<i64> = weights
        .into_iter()
        .map(|weight| i64::try_from(weight / divisor).unwrap_or(i64::MAX))
        .collect();
    check_total(options, weights.iter().map(|weight| weight.unsigned_abs()))?;
    let total: i64 = weights.iter().sum();
    let mut scores = vec![0_i64; weights.len()];
    let mut slots = Vec::new();
    for _ in 0..total {
        let mut best: Option<(usize, i64)> = None;
        for (at, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0) {
            if total == 1 {
                best = Some((at, 0));
                break;
            }
            scores[at] += weight;
            let rank = (scores[at] + total) / total;
            if best.is_none_or(|(_, most)| rank > most) {
                best = Some((at, rank));
            }
        }
        if let Some((at, _)) = best {
            scores[at] -= total;
            slots.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    Ok(Slots::new(slots, servers.len() > 1))
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    if options.choice("method") == "consistent" {
        return Ok(Box::new(consistent(options, servers)?));
    }
    ids(servers)?;
    Ok(Box::new(Hashed { hash: HaproxyKey::new(options), place: map(options, servers)? }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if servers.len() < 2 {
        return Vec::new();
    }
    if options.choice("method") == "map-based" {
        return vec![Advice::new(
            Topic::Churn,
            "map-based deals most keys anew whenever a server or a weight changes; \
             method=consistent moves few",
        )];
    }
    let mut all = Vec::new();
    let function = options.choice("function");
    if ["sdbm", "djb2"].contains(&function) && options.choice("avalanche") == "off" {
        all.push(Advice::new(
            Topic::Uneven,
            format!(
                "{function} without avalanche puts keys that differ in their last letters side by \
                 side: a server may get many more or fewer of such keys than its share; \
                 avalanche=on spreads them"
            ),
        ));
    }
    let without = servers.iter().filter(|server| numbered(server)).count();
    if without == 0 {
        return all;
    }
    all.push(Advice::new(
        Topic::Positional,
        format!(
            "{without} of {} servers have no id and are hashed by their place in the list: removing \
             one renumbers those behind it; give each the id that HAProxy shows",
            servers.len()
        ),
    ));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Continuum;
    use crate::Servers;

    fn server(name: &str, id: Option<u32>) -> Server {
        let server = Server::new("10.0.0.1", 80).with_name(name);
        match id {
            Some(id) => server.with_id(id),
            None => server,
        }
    }

    #[test]
    fn free_ids_are_counted_as_haproxy_counts() {
        let of = |given: &[Option<u32>]| {
            let servers: Vec<Server> = given.iter().map(|id| server("a", *id)).collect();
            ids(&servers).unwrap()
        };
        assert_eq!(of(&[None, None, None]), [1, 2, 3]);
        assert_eq!(of(&[Some(2), None, None]), [2, 3, 4]);
        assert_eq!(of(&[Some(10), None, Some(3), None]), [10, 2, 3, 4]);
        assert_eq!(of(&[None, Some(1), None]), [2, 1, 4]);
    }

    #[test]
    fn what_haproxy_refuses() {
        for (one, other, says) in [
            (server("a", Some(0)), server("b", None), "id 0 is not from 1"),
            (server("a", Some(1 << 31)), server("b", None), "is not from 1"),
            (server("a", Some(7)), server("b", Some(7)), "another server's too"),
            (server("a", None).with_hash_key("x"), server("b", None), "'x' is none of"),
            (server("a", None).with_hash_key("guid"), server("b", None), "has no guid"),
            (
                Server::new("name", 1).with_hash_key("addr"),
                server("b", None),
                "'name' is no address",
            ),
            (server("a", None).with_capacity(257), server("b", None), "0 to 256"),
        ] {
            let mut servers = Servers::new();
            servers.add(one).unwrap();
            servers.add(other).unwrap();
            let error = Continuum::with_servers(SCHEME.scheme(), servers).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn words_of_the_configuration() {
        let same = |one: &str, other: &str| {
            let build = |text: &str| {
                let mut servers = Servers::new();
                for id in 1..=5 {
                    servers.add(server(&format!("s{id}"), Some(id))).unwrap();
                }
                Continuum::with_servers(text.parse().unwrap(), servers).unwrap()
            };
            let (one, other) = (build(one), build(other));
            (0..500).all(|n| {
                one.resolve_index(format!("key-{n}")) == other.resolve_index(format!("key-{n}"))
            })
        };
        assert!(same("haproxy", "haproxy:method=consistent,function=sdbm,avalanche=on"));
        assert!(same("haproxy:function=sdbm", "haproxy:function=sdbm,avalanche=off"));
        assert!(!same("haproxy", "haproxy:function=sdbm"));
        assert!(same(
            "haproxy:method=map-based",
            "haproxy:method=map-based,function=sdbm,avalanche=off"
        ));
    }

    #[test]
    fn servers_without_an_id_are_told() {
        let mut servers = Servers::new();
        servers.add(server("a", None)).unwrap();
        servers.add(server("b", Some(9))).unwrap();
        let advice = Continuum::with_servers(SCHEME.scheme(), servers).unwrap().advice();
        assert_eq!(advice[0].topic(), Topic::Positional);
        assert!(advice[0].message().starts_with("1 of 2 servers have no id"), "{advice:?}");
    }
}
