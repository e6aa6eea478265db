//! Graphite's carbon-relay: `RELAY_METHOD` consistent-hashing and fast-hashing.
//! Rule, quirks, versions and limits: `docs/schemes/graphite-carbon.md`.

use std::collections::BTreeSet;

use crate::error::{Error, Kind, quoted};
use crate::hash::fnv::fnv1a_32_plain;
use crate::hash::md5;
use crate::hash::murmur3;
use crate::hash::word::{low16, low32};
use crate::lanes::Hash32;
use crate::placement::{Circle, Hashed, KeyHash, Placement, Space, Turns};
use crate::scheme::{
    Accepts, Advice, Capacities, Minimal, OptionSpec, Options, Order, PointLabel, SchemeEntry,
    Topic,
};
use crate::schemes::shared::points::check_total;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["carbon-relay"],
    program: "Graphite carbon-relay",
    versions: "1.1.7, 1.1.10",
    about: "circle of 100 moved points a destination, or remainder over sorted destinations",
    options: &[
        OptionSpec::new(
            "hash",
            Accepts::Choice(&["default", "carbon-ch", "fnv1a-ch", "mmh3-ch"]),
            "default",
            "ROUTER_HASH_TYPE; the default is carbon-ch, and mmh3-ch for router=fast",
        )
        .trying(&["fnv1a-ch", "mmh3-ch"]),
        OptionSpec::new(
            "router",
            Accepts::Choice(&["consistent", "fast"]),
            "consistent",
            "RELAY_METHOD: consistent-hashing or fast-hashing",
        ),
        OptionSpec::new(
            "diverse",
            Accepts::Switch,
            "off",
            "DIVERSE_REPLICAS: replicas stand on other hosts; owners are the same",
        )
        .trying(&[]),
    ],
    capacities: |_| Capacities::Ignored,
    order: |options| {
        if is_fast(options) { Order::Free } else { Order::Ties }
    },
    minimal: |options| {
        if is_fast(options) {
            Minimal { weight: true, ..Minimal::NEVER }
        } else {
            // A point that moves on has moved for others' sake.
            Minimal { add: false, remove: false, weight: true }
        }
    },
    proven: 91_000,
    advice,
    ..SchemeEntry::new("graphite-carbon", build)
};

/// Points of a destination.
const POINTS: u32 = 100;

/// What is added to a signed hash.
const BIAS: u32 = 1 << 31;

fn is_fast(options: &Options<'_>) -> bool {
    options.choice("router") == "fast"
}

/// `ROUTER_HASH_TYPE`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RouterHash {
    Carbon,
    Fnv,
    Mmh3,
}

impl RouterHash {
    fn of(options: &Options<'_>) -> Self {
        match options.choice("hash") {
            "fnv1a-ch" => Self::Fnv,
            "mmh3-ch" => Self::Mmh3,
            "default" if is_fast(options) => Self::Mmh3,
            _ => Self::Carbon,
        }
    }
}

/// The upper half of a hash XORed on its lower half.
pub(super) fn folded(hash: u32) -> u32 {
    hash >> 16 ^ hash & 0xffff
}

/// The first two bytes of an MD5, big-endian, of its first word.
fn first_two(word0: u32) -> u32 {
    u32::from(low16(word0 & 0xffff).swap_bytes())
}

/// The first two bytes of the MD5, big-endian.
pub(super) fn md5_16(text: &[u8]) -> u32 {
    first_two(md5::word0(text))
}

/// The same of many keys.
pub(super) fn md5_16_all(keys: &[&[u8]], out: &mut [u32]) {
    Hash32::Md5.hash_all(keys, out);
    for word in out {
        *word = first_two(*word);
    }
}

/// The space of those.
pub(super) fn md5_16_space() -> Space {
    Space { hash: "md5-first-two".to_owned(), size: Some(1 << 16) }
}

impl KeyHash for RouterHash {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        match self {
            Self::Carbon => md5_16(key),
            Self::Fnv => folded(fnv1a_32_plain(key)),
            Self::Mmh3 => murmur3::x86_32(key, 0) ^ BIAS,
        }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        match self {
            Self::Carbon => md5_16_all(keys, out),
            Self::Fnv => {
                Hash32::Fnv1a32Plain.hash_all(keys, out);
                for hash in out {
                    *hash = folded(*hash);
                }
            }
            Self::Mmh3 => {
                for (key, out) in keys.iter().zip(out) {
                    *out = self.hash(key);
                }
            }
        }
    }

    fn space(&self) -> Space {
        match self {
            Self::Carbon => md5_16_space(),
            Self::Fnv => Space { hash: "fnv1a_32-plain-folded".to_owned(), size: Some(1 << 16) },
            Self::Mmh3 => Space { hash: "murmur3-signed".to_owned(), size: Some(1 << 32) },
        }
    }
}

fn refuse(kind: Kind, server: &Server, why: impl std::fmt::Display) -> Error {
    let who = quoted(&server.identity()).to_string();
    Error::new(kind, format!("scheme '{}': server {who}: {why}", SCHEME.name))
}

/// A text as Python prints it.
fn printed(server: &Server, text: &str) -> Result<String, Error> {
    if let Some(odd) = text.chars().find(|c| !matches!(c, ' '..='~')) {
        let why = format!("{} has {odd:?}; only printable ASCII is read", quoted(text));
        return Err(refuse(Kind::Server, server, why));
    }
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut printed = String::from(quote);
    for c in text.chars() {
        if c == '\\' || c == quote {
            printed.push('\\');
        }
        printed.push(c);
    }
    printed.push(quote);
    Ok(printed)
}

/// The pair of host and instance, as Python prints it.
fn node(server: &Server) -> Result<String, Error> {
    let host = printed(server, server.host())?;
    let instance = match server.instance() {
        Some(instance) => printed(server, instance)?,
        None => "None".to_owned(),
    };
    Ok(format!("({host}, {instance})"))
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = RouterHash::of(options);
    let nodes: Vec<String> = servers.iter().map(node).collect::<Result<_, _>>()?;
    let mut known = BTreeSet::new();
    for (server, node) in servers.iter().zip(&nodes) {
        if !known.insert(node) {
            let why = "host and instance are those of another; carbon does not tell ports apart";
            return Err(refuse(Kind::Server, server, why));
        }
    }
    if is_fast(options) {
        return fast(hash, servers, &nodes);
    }
    check_total(options, [servers.len() as u64 * u64::from(POINTS)])?;
    let (points, met) = points(options, hash, servers, &nodes);
    let wide = hash == RouterHash::Mmh3;
    let mut place = Circle::new(points, wide, met).short_of_the_last();
    if options.switch("diverse") {
        let mut hosts: Vec<&str> = Vec::new();
        let groups = servers.iter().map(|server| {
            let group = hosts.iter().position(|host| *host == server.host());
            low32(group.unwrap_or_else(|| {
                hosts.push(server.host());
                hosts.len() - 1
            }) as u64)
        });
        place = place.one_of_each(groups.collect());
    }
    Ok(Box::new(Hashed { hash, place }))
}

/// Places that are taken, and the next free one above each.
struct Taken {
    /// By place below 2¹⁶ and somewhat above: where to look next; itself if it is free.
    next: Vec<u32>,
    /// Places of wider hashes, where no two points meet but by chance.
    wide: BTreeSet<u64>,
}

impl Taken {
    /// For so many points.
    fn new(wide: bool, points: usize) -> Self {
        let next = if wide { Vec::new() } else { (0..low32(65_536 + points as u64)).collect() };
        Self { next, wide: BTreeSet::new() }
    }

    /// Takes the first free place from this one up.
    fn take(&mut self, place: u32) -> u64 {
        if self.next.is_empty() {
            let mut place = u64::from(place);
            while !self.wide.insert(place) {
                place += 1;
            }
            return place;
        }
        let mut free = place;
        while self.next[free as usize] != free {
            free = self.next[free as usize];
        }
        let mut passed = place;
        while passed != free {
            passed = std::mem::replace(&mut self.next[passed as usize], free + 1);
        }
        // One place more than there are points: the last is never taken.
        self.next[free as usize] = free + 1;
        free.into()
    }
}

/// All points in ascending order, and whether two servers' met.
fn points(
    options: &Options<'_>,
    hash: RouterHash,
    servers: &[Server],
    nodes: &[String],
) -> (Vec<(u64, u32)>, bool) {
    let count = servers.len() * POINTS as usize + 1;
    let mut taken = Taken::new(hash == RouterHash::Mmh3, count);
    let mut points: Vec<(u64, u32)> = Vec::with_capacity(count);
    let mut moved = false;
    for ((owner, server), node) in (0_u32..).zip(servers).zip(nodes) {
        for number in 0..POINTS {
            let label = match hash {
                RouterHash::Fnv => format!("{number}-{}", server.instance().unwrap_or("None")),
                _ => format!("{node}:{number}"),
            };
            let place = hash.hash(label.as_bytes());
            let found = taken.take(place);
            moved |= found != u64::from(place);
            if let Some(trace) = options.context.trace {
                trace.see(found.into(), owner, || PointLabel { text: label, word: None });
            }
            points.push((found, owner));
        }
    }
    points.sort_by_key(|point| point.0);
    // Whose point moved for whose is not kept: a server's own may have met.
    (points, moved && servers.len() > 1)
}

fn fast(
    hash: RouterHash,
    servers: &[Server],
    nodes: &[String],
) -> Result<Box<dyn Placement>, Error> {
    let mut order: Vec<(u32, u32)> =
        (0_u32..).zip(nodes).map(|(number, node)| (hash.hash(node.as_bytes()), number)).collect();
    order.sort_by_key(|server| server.0);
    if let Some(pair) = order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let [one, other] = [pair[0], pair[1]].map(|(_, number)| &servers[number as usize]);
        let why = format!(
            "its hash is that of {}, and carbon's fast-hashing orders the two by chance",
            quoted(&other.identity())
        );
        return Err(refuse(Kind::Server, one, why));
    }
    let bias = if hash == RouterHash::Mmh3 { i64::from(BIAS) } else { 0 };
    let place = Turns::new(order.into_iter().map(|(_, number)| number).collect(), bias);
    Ok(Box::new(Hashed { hash, place }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let unnamed = servers.iter().filter(|server| server.instance().is_none()).count();
    if servers.len() < 2 {
        return Vec::new();
    }
    if is_fast(options) {
        return vec![Advice::new(
            Topic::Churn,
            "fast-hashing deals most keys anew whenever the number of destinations changes; \
             router=consistent moves few",
        )];
    }
    if RouterHash::of(options) == RouterHash::Fnv && unnamed > 1 {
        return vec![Advice::new(
            Topic::Starved,
            format!(
                "fnv1a-ch hashes instances alone: {unnamed} destinations have none and share \
                 their points, so that the first of them owns nearly all; give each an instance"
            ),
        )];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_printed_as_python_prints_them() {
        let server = Server::new("a", 1);
        for (text, says) in
            [("a", "'a'"), ("a'b", "\"a'b\""), ("a'\"b", "'a\\'\"b'"), ("a\\", "'a\\\\'")]
        {
            assert_eq!(printed(&server, text).unwrap(), says);
        }
        let error = printed(&server, "a\u{e9}").unwrap_err();
        assert!(error.to_string().contains("only printable ASCII"), "{error}");
        let with = server.clone().with_instance("010");
        assert_eq!(
            (node(&server).unwrap(), node(&with).unwrap()),
            ("('a', None)".to_owned(), "('a', '010')".to_owned())
        );
    }

    #[test]
    fn taken_places_are_moved_up() {
        for wide in [false, true] {
            let mut taken = Taken::new(wide, 8);
            let found: Vec<u64> = [5, 5, 6, 5, 65_535, 65_535].map(|at| taken.take(at)).to_vec();
            assert_eq!(found, [5, 6, 7, 8, 65_535, 65_536]);
        }
    }

    #[test]
    fn what_is_refused() {
        use crate::{Continuum, Servers};
        let mut servers = Servers::from_texts(["a:1"]).unwrap();
        servers.add(Server::new("a", 2)).unwrap();
        let scheme = "graphite-carbon".parse().unwrap();
        let error = Continuum::with_servers(scheme, servers).unwrap_err();
        assert!(error.to_string().contains("does not tell ports apart"), "{error}");
    }
}
