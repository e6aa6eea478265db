//! Cache::Memcached::Fast, the Perl client.
//! Rule, quirks, versions and limits: `docs/schemes/cache-memcached-fast.md`.

use std::borrow::Cow;

use crate::hash::crc32::{chain, cut};
use crate::lanes::crc32;
use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::points::{Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Cache::Memcached::Fast",
    versions: "0.28",
    about: "CRC-32 modulo the sum of weights, or nginx's CRC-32 ring",
    options: &[
        OptionSpec::new(
            "points",
            Accepts::Whole(0, 1 << 20),
            "0",
            "ketama_points, for each server of weight 1; 0: no ring, as Cache::Memcached",
        )
        .trying(&["40", "50", "100", "128", "150", "160", "200", "256", "500", "1000"]),
        OptionSpec::new(
            "namespace",
            Accepts::Text(1024),
            "",
            "the namespace, where hash_namespace has it hashed",
        ),
    ],
    capacities: |_| Capacities::Any,
    order: |options| match options.whole("points") {
        0 => Order::Positional,
        _ => Order::Ties,
    },
    minimal: |options| match options.whole("points") {
        0 => Minimal::NEVER,
        _ => Minimal::ALWAYS,
    },
    proven: 17_692,
    ..SchemeEntry::new("cache-memcached-fast", build)
};

/// The CRC-32 of the namespace and the key, or 15 bits of it.
struct Namespaced {
    /// The CRC-32 of the namespace.
    crc: u32,
    namespace: Box<str>,
    ring: bool,
}

impl KeyHash for Namespaced {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        let crc = crc32::update(self.crc, key);
        if self.ring { crc } else { cut(crc) }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        crc32::update_all(self.crc, keys, out);
        if !self.ring {
            for crc in out {
                *crc = cut(*crc);
            }
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        if self.namespace.is_empty() {
            Cow::Borrowed(key)
        } else {
            Cow::Owned([self.namespace.as_bytes(), key].concat())
        }
    }

    fn space(&self) -> Space {
        let hash = if self.ring { Hash32::Crc32 } else { Hash32::Crc32Memcached };
        let rule = match &*self.namespace {
            "" => String::new(),
            namespace => format!(";prefix={namespace}"),
        };
        ketama::space(hash, &rule)
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let points = options.whole32("points");
    let namespace = options.text("namespace");
    let hash = Namespaced {
        crc: crc32::crc32(namespace.as_bytes()),
        namespace: namespace.into(),
        ring: points > 0,
    };
    if points == 0 {
        return Ok(Box::new(Hashed { hash, place: buckets(options, servers)? }));
    }
    let counts: Vec<u64> = servers
        .iter()
        .map(|server| truncated(f64::from(points) * server.capacity().get() + 0.5))
        .collect();
    check_total(options, counts.iter().copied())?;
    let mut ring = Points::new(options);
    for ((owner, server), count) in (0_u32..).zip(servers).zip(counts) {
        let (host, port) = address(server);
        let mut base = crc32::crc32(host.as_bytes());
        base = crc32::update(base, b"\0");
        base = crc32::update(base, port.as_bytes());
        let name = |number| format!("{} point {number}", server.label());
        ring.add_run(owner, count, |run| chain(base, run), name);
    }
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash, place: ring.ring(rules) }))
}

/// Host and port as texts.
fn address(server: &Server) -> (&str, String) {
    match (server.name(), server.port()) {
        (Some(name), _) => {
            let (host, port) = name.rsplit_once(':').unwrap_or((name, ""));
            (host, port.to_owned())
        }
        (None, Some(port)) if !server.is_unix_socket() => (server.host(), port.to_string()),
        (None, _) => (server.host(), String::new()),
    }
}

/// C's cast to an integer; what is too large becomes the largest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "C truncates too; nothing here is negative"
)]
fn truncated(number: f64) -> u64 {
    number as u64
}

/// C's cast to an unsigned int.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "C truncates too; the numbers here are from 0 to below 2^32"
)]
fn truncated32(number: f64) -> u32 {
    number as u32
}

/// Which server each bucket falls to, by the program's own arithmetic.
fn buckets(options: &Options<'_>, servers: &[Server]) -> Result<Slots, Error> {
    let mut borders: Vec<(u32, u32)> = Vec::new();
    let mut total = 0.0;
    for (owner, server) in (0_u32..).zip(servers) {
        let weight = server.capacity().get();
        if server.capacity() == Capacity::ZERO {
            continue;
        }
        total += weight;
        let scale = weight / total;
        for border in &mut borders {
            // Truncated, so that a border drifts downwards only and whole weights
            // hold their buckets.
            let at = f64::from(border.0);
            border.0 = truncated32(at - at * scale);
        }
        borders.push((u32::MAX, owner));
    }
    let count = match borders.len() {
        0 => 0,
        // The program does not hash for a single server.
        1 => 1,
        _ => truncated(total + 0.5),
    };
    if count == 0 && !borders.is_empty() {
        return Err(Error::new(
            Kind::Capacity,
            format!(
                "scheme '{}' with points=0: the capacities sum to less than 0.5, by which the \
                 program divides",
                SCHEME.name
            ),
        ));
    }
    check_total(options, [count])?;
    let mut owners = Vec::new();
    for bucket in 0..count {
        let at = truncated32(exact(bucket) / total * f64::from(u32::MAX) + 0.5).wrapping_add(1);
        let next = borders.partition_point(|border| border.0 < at);
        owners.push(borders[if next < borders.len() { next } else { 0 }].1);
    }
    Ok(Slots::new(owners, borders.len() > 1))
}

/// A bucket's number, below 2²⁷, as a double.
fn exact(bucket: u64) -> f64 {
    bucket as f64
}

#[cfg(test)]
mod tests {
    use super::{SCHEME, Server, buckets};
    use crate::Capacity;
    use crate::placement::Place;

    fn slots(weights: &[f64]) -> Vec<u32> {
        let servers: Vec<Server> = weights
            .iter()
            .map(|weight| Server::new("a", 1).with_capacity(Capacity::try_from(*weight).unwrap()))
            .collect();
        let slots = buckets(&SCHEME.scheme().values(), &servers).unwrap();
        let sum: f64 = weights.iter().sum();
        (0_u32..)
            .take_while(|slot| f64::from(*slot) < (sum + 0.5).floor())
            .map(|slot| slots.place(slot))
            .collect()
    }

    #[test]
    fn whole_weights_hold_as_many_buckets() {
        assert_eq!(slots(&[1.0, 2.0, 3.0]), [0, 1, 1, 2, 2, 2]);
        assert_eq!(slots(&[4.0, 0.0, 1.0]), [0, 0, 0, 0, 2]);
        for count in 1..60 {
            let each = slots(&vec![3.0; count]);
            assert!((0_u32..).zip(&each).all(|(slot, owner)| *owner == slot / 3), "{count}");
        }
    }

    #[test]
    fn a_bucket_across_a_border_is_one_server_s() {
        // The border lies at 0.6 of the ring; of three buckets, 0, 0.4 and 0.8.
        assert_eq!(slots(&[1.5, 1.0]), [0, 0, 1]);
    }
}
