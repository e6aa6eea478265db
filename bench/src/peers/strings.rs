//! Rust engines that take text keys: rings, multi-probe, rendezvous, tables.
//! Each as its documentation shows it, and a second time with foldhash where the
//! hasher can be chosen.

use std::hash::{BuildHasher, Hash as StdHash};
use std::net::SocketAddr;

use foldhash::fast::FixedState;

use super::Peer;

/// Points of a server on every ring.
pub const POINTS: usize = 160;

/// A server as a peer holds it: hashed by its name, known by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    pub name: &'static str,
    pub index: u32,
}

impl StdHash for Node {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl conhash::Node for Node {
    fn name(&self) -> String {
        self.name.to_owned()
    }
}

impl hrw_hash::HrwNode for Node {}

/// A point of `hashring`, which has none of its own.
#[derive(Clone, Copy, StdHash)]
struct Point {
    node: Node,
    number: u32,
}

fn nodes(servers: &[&'static str]) -> Vec<Node> {
    (0..).zip(servers).map(|(index, name)| Node { name, index }).collect()
}

/// A fixed start for those that would be random in every process.
#[expect(clippy::disallowed_types, reason = "what the peer takes unless it is told otherwise")]
type Sip = std::hash::BuildHasherDefault<std::collections::hash_map::DefaultHasher>;

fn hashring<S: BuildHasher + 'static>(
    name: &'static str,
    hasher: S,
    servers: &[&'static str],
) -> Peer {
    let mut ring = hashring::HashRing::with_hasher(hasher);
    let points = nodes(servers)
        .into_iter()
        .flat_map(|node| (0..POINTS as u32).map(move |number| Point { node, number }));
    ring.batch_add(points.collect());
    Peer::new(name, move |key| ring.get(&key).map_or(u32::MAX, |p| p.node.index))
}

fn consistent_hash_ring<S: BuildHasher + 'static>(
    name: &'static str,
    hasher: S,
    servers: &[&'static str],
) -> Peer {
    let ring = consistent_hash_ring::RingBuilder::new(hasher)
        .vnodes(POINTS)
        .nodes_iter(nodes(servers))
        .build();
    Peer::new(name, move |key| ring.try_get(key).map_or(u32::MAX, |node| node.index))
}

fn hash_rings<S: BuildHasher + Default + 'static>(
    name: &'static str,
    servers: &[&'static str],
) -> Peer {
    let nodes: &'static [Node] = nodes(servers).leak();
    let mut ring = hash_rings::consistent::Ring::with_hasher(S::default());
    for node in nodes {
        ring.insert_node(node, POINTS);
    }
    Peer::new(name, move |key| ring.get_node(&key).index)
}

fn anchorhash<S: BuildHasher + 'static>(
    name: &'static str,
    hasher: S,
    servers: &[&'static str],
) -> Peer {
    // Another capacity is another map, so it is rounded.
    let capacity = (servers.len() * 5 / 4).next_multiple_of(64);
    let capacity = u16::try_from(capacity).expect("at most 65,535 buckets");
    let anchor = anchorhash::Builder::with_hasher(hasher)
        .with_resources(nodes(servers))
        .build::<&'static str>(capacity);
    Peer::new(name, move |key| anchor.get_resource(key).map_or(u32::MAX, |node| node.index))
}

fn addresses(servers: &[&str]) -> Vec<SocketAddr> {
    servers.iter().map(|server| server.parse().expect("an address")).collect()
}

fn pingora(servers: &[&str]) -> pingora_ketama::Continuum {
    let buckets: Vec<_> = addresses(servers)
        .into_iter()
        .map(|address| pingora_ketama::Bucket::new(address, 1))
        .collect();
    pingora_ketama::Continuum::new(&buckets)
}

fn pingora_peer(servers: &[&'static str]) -> Peer {
    let ring = pingora(servers);
    Peer::new(PINGORA, move |key| match ring.node(key.as_bytes()) {
        // The servers' addresses count them, see `keys::servers`.
        Some(SocketAddr::V4(address)) => u32::from(*address.ip()) & 0xff_ffff,
        _ => u32::MAX,
    })
}

fn ketama_peer(servers: &[&'static str]) -> Peer {
    let ring = ketama::Ring::build(servers);
    Peer::new(KETAMA, move |key| ring.route(key.as_bytes()) as u32)
}

fn conhash_peer(servers: &[&'static str]) -> Peer {
    let mut ring = conhash::ConsistentHash::new();
    for node in nodes(servers) {
        ring.add(&node, POINTS);
    }
    Peer::new("conhash (MD5)", move |key| {
        ring.get(key.as_bytes()).map_or(u32::MAX, |node: &Node| node.index)
    })
}

fn mpchash_peer(servers: &[&'static str]) -> Peer {
    let ring = mpchash::HashRing::new();
    for node in nodes(servers) {
        ring.add(node);
    }
    Peer::new("mpchash (XXH3, 23 probes)", move |key| {
        ring.node(&key).map_or(u32::MAX, |token| token.node().index)
    })
}

fn maglev_peer(servers: &[&'static str]) -> Peer {
    // As many slots as 128 servers would have, until there are more: another
    // size is another map.
    let slots = servers.len().next_multiple_of(128) * 100;
    let table = maglev_hash::MaglevTable::with_capacity(nodes(servers), slots);
    Peer::new("maglev-hash (SipHash-1-3)", move |key| {
        table.get(&key).map_or(u32::MAX, |node: &Node| node.index)
    })
}

fn hrw_peer(servers: &[&'static str]) -> Peer {
    let hrw = hrw_hash::HrwNodes::new(nodes(servers));
    Peer::new("hrw-hash (rapidhash)", move |key| {
        hrw.sorted(&key).next().map_or(u32::MAX, |node: &Node| node.index)
    })
}

pub const PINGORA: &str = "pingora-ketama (CRC-32)";
pub const KETAMA: &str = "ketama (MD5)";

/// A peer, and how many servers it can be asked for.
pub struct Maker {
    pub ring: bool,
    pub most: usize,
    pub make: fn(&[&'static str]) -> Peer,
}

const fn ring(make: fn(&[&'static str]) -> Peer) -> Maker {
    Maker { ring: true, most: usize::MAX, make }
}

const fn other(most: usize, make: fn(&[&'static str]) -> Peer) -> Maker {
    Maker { ring: false, most, make }
}

/// All of them.
pub const ALL: [Maker; 14] = [
    ring(|servers| hashring("hashring (SipHash-2-4)", hashring::DefaultHashBuilder, servers)),
    ring(|servers| hashring("hashring, foldhash", FixedState::default(), servers)),
    ring(conhash_peer),
    // Inserting is quadratic: minutes for 10,000 servers.
    Maker {
        ring: true,
        most: 1000,
        make: |servers| {
            let fnv = fnv::FnvBuildHasher::default();
            consistent_hash_ring("consistent_hash_ring (FNV-1a)", fnv, servers)
        },
    },
    Maker {
        ring: true,
        most: 1000,
        make: |servers| {
            consistent_hash_ring("consistent_hash_ring, foldhash", FixedState::default(), servers)
        },
    },
    ring(|servers| hash_rings::<Sip>("hash-rings (SipHash-1-3)", servers)),
    ring(|servers| hash_rings::<FixedState>("hash-rings, foldhash", servers)),
    ring(pingora_peer),
    ring(ketama_peer),
    other(usize::MAX, mpchash_peer),
    other(50_000, |servers| anchorhash("anchorhash (SipHash-1-3)", Sip::default(), servers)),
    other(50_000, |servers| anchorhash("anchorhash, foldhash", FixedState::default(), servers)),
    other(usize::MAX, maglev_peer),
    // Sorts all servers for every key.
    other(1000, hrw_peer),
];
