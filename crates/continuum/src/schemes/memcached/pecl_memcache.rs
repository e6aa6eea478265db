//! pecl-memcache (PHP).
//! Rule, quirks, versions and limits: `docs/schemes/pecl-memcache.md`.

use std::borrow::Cow;

use crate::error::Error;
use crate::hash::fnv;
use crate::lanes::Hash32;
use crate::placement::{Hashed, KeyHash, Placement, Slots, Space};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::ketama::{self, MEMCACHED_PORT};
use crate::schemes::shared::points::{Decimal, Label, check_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "pecl-memcache",
    versions: "8.0",
    about: "1,024 buckets over a ring of 160 points a weight, or modulo the sum of weights",
    options: &[
        OptionSpec::new(
            "strategy",
            Accepts::Choice(&["consistent", "standard"]),
            "consistent",
            "memcache.hash_strategy",
        ),
        OptionSpec::new(
            "hash",
            Accepts::Choice(&["crc32", "fnv"]),
            "crc32",
            "memcache.hash_function",
        ),
    ],
    capacities: |_| Capacities::Whole(1 << 20),
    order: |options| match options.choice("strategy") {
        "standard" => Order::Positional,
        _ => Order::Ties,
    },
    minimal: |options| match options.choice("strategy") {
        "standard" => Minimal::NEVER,
        _ => Minimal::ALWAYS,
    },
    proven: 26_640,
    ..SchemeEntry::new("pecl-memcache", build)
};

/// Bytes of a key that are hashed.
const LONGEST: usize = 250;
/// Looks behind the first.
const RETRIES: u32 = 20;
const BUCKETS: u32 = 1024;

/// A key as it is sent, by a hash.
struct Sent {
    hash: Hash32,
    /// The strategy `standard` keeps bits 16 to 30.
    cut: bool,
}

/// The key that is sent.
fn sent(key: &[u8]) -> Cow<'_, [u8]> {
    let key = &key[..key.len().min(LONGEST)];
    if key.iter().all(|byte| *byte > b' ') {
        return Cow::Borrowed(key);
    }
    key.iter().map(|byte| if *byte > b' ' { *byte } else { b'_' }).collect()
}

impl Sent {
    fn reduced(&self, hash: u32) -> u32 {
        if self.cut { (hash >> 16 & 0x7fff).max(1) } else { hash }
    }
}

impl KeyHash for Sent {
    type Position = u32;

    const RETRIES: bool = true;

    fn hash(&self, key: &[u8]) -> u32 {
        self.reduced(self.hash.hash(&sent(key)))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        self.hash.hash_all(keys, out);
        for (key, out) in keys.iter().zip(out) {
            let same = key.len() <= LONGEST && key.iter().all(|byte| *byte > b' ');
            *out = self.reduced(if same { *out } else { self.hash.hash(&sent(key)) });
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        sent(key)
    }

    fn again(&self, key: &[u8], attempt: u32, _before: u32) -> Option<u32> {
        if attempt > RETRIES {
            return None;
        }
        let number = Decimal::new(u64::from(attempt) - 1);
        let text = [&sent(key), &b"-"[..], number.as_bytes()].concat();
        Some(self.reduced(self.hash.hash(&text)))
    }

    fn space(&self) -> Space {
        let cut = if self.cut { ";15-bits" } else { "" };
        let size = (!self.cut).then_some(1 << 32);
        Space { hash: format!("pecl-memcache-{}{cut}", self.hash.name()), size }
    }
}

fn host_and_port(server: &Server) -> String {
    match (server.name(), server.port()) {
        (Some(name), _) => name.to_owned(),
        (None, _) if server.is_unix_socket() => format!("unix://{}:0", server.host()),
        (None, port) => format!("{}:{}", server.host(), port.unwrap_or(MEMCACHED_PORT)),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let fnv = options.choice("hash") == "fnv";
    let hash = if fnv { Hash32::Fnv1a_32 } else { Hash32::Crc32 };
    let weights = ketama::weights(servers);
    let cut = options.choice("strategy") == "standard";
    let slots = if cut {
        check_total(options, weights.iter().copied())?;
        let repeated = |(owner, weight): (u32, &u64)| (0..*weight).map(move |_| owner);
        let owners: Vec<u32> = (0_u32..).zip(&weights).flat_map(repeated).collect();
        Slots::new(owners, servers.len() > 1)
    } else {
        check_total(options, weights.iter().map(|weight| weight.saturating_mul(POINTS)))?;
        consistent(hash, servers, &weights)
    };
    Ok(Box::new(Hashed { hash: Sent { hash, cut }, place: slots }))
}

/// Points of a server of weight 1.
const POINTS: u64 = 160;

/// The buckets of the strategy `consistent`.
fn consistent(hash: Hash32, servers: &[Server], weights: &[u64]) -> Slots {
    /// A 1024th of 2^32 - 1, rounded down.
    const WIDTH: u32 = u32::MAX / BUCKETS;
    let mut points: Vec<(u32, u32)> = Vec::new();
    for ((owner, server), weight) in (0_u32..).zip(servers).zip(weights) {
        let mut label = Label::new(format!("{}-", host_and_port(server)));
        for number in 0..POINTS * weight {
            let label = label.numbered(number);
            let point = match hash {
                Hash32::Fnv1a_32 => fnv::fnv1a_32(label),
                hash => hash.hash(label),
            };
            points.push((point, owner));
        }
    }
    points.sort_by_key(|point| point.0);
    let tied = points.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
    let owner = |bucket: u32| {
        let at = points.partition_point(|point| point.0 < WIDTH * bucket);
        points.get(at).or(points.first()).map(|point| point.1)
    };
    Slots::new((0..BUCKETS).filter_map(owner).collect(), tied)
}

#[cfg(test)]
mod tests {
    use super::{Server, host_and_port, sent};

    #[test]
    fn keys_as_they_are_sent() {
        assert_eq!(&*sent(b"a b\tc\0"), b"a_b_c_");
        assert_eq!(sent(&[b'k'; 300]).len(), 250);
        assert_eq!(&*sent("\u{fc}".as_bytes()), "\u{fc}".as_bytes());
    }

    #[test]
    fn servers_as_they_are_hashed() {
        for (server, text) in [
            (Server::new("c1", 11212), "c1:11212"),
            (Server::without_port("c1"), "c1:11211"),
            (Server::without_port("/p"), "unix:///p:0"),
        ] {
            assert_eq!(host_and_port(&server), text);
        }
    }
}
