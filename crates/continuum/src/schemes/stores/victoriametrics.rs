//! VictoriaMetrics: `lib/consistenthash`, by which vminsert spreads series over
//! storage nodes and vmagent over URLs (`-remoteWrite.shardByURL`).
//!
//! Rule. Rendezvous as in go-redis's Ring: with h the XXH64 (seed 0) of the key,
//! XORed with a seed, and n that of a node's text, the node of the highest
//! `mix(h ^ n)` owns, mix being xorshift64*.
//!
//! Quirks, all kept:
//! - A node whose hash equals h scores 0 and never wins while there is another.
//! - vmagent's texts are `I:URL`, I counting from 1, with the seed 0: the order of the
//!   URLs is part of the texts. Its key is the label names and values of a series run
//!   together without separators. vminsert's texts are the addresses of the nodes.
//!
//! A server's name is the text; else it is `host:port`. No weights. Where every node
//! but the last is excluded and the last scores 0, the program names its first node
//! although that is excluded; the candidates here name each server once. Two nodes of
//! one text are refused: a set holds no server twice.

use crate::error::Error;
use crate::hash::xxh64::xxh64;
use crate::lanes::Hash64;
use crate::placement::{Hashed, KeyHash, Mixed, Placement, Space};
use crate::scheme::{Accepts, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["vmagent-shard-by-url", "vminsert"],
    program: "VictoriaMetrics consistenthash",
    versions: "b7ef6cc3 (2026-08-21)",
    about: "rendezvous of XXH64 over the nodes' texts",
    options: &[OptionSpec::new(
        "seed",
        Accepts::Whole(0, u64::MAX),
        "0",
        "hashSeed, which is XORed to a key's hash",
    )
    .trying(&[])],
    order: |_| Order::Free,
    proven: 7612,
    ..SchemeEntry::new("victoriametrics", build)
};

struct Seeded(u64);

impl KeyHash for Seeded {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        xxh64(key, 0) ^ self.0
    }

    fn space(&self) -> Space {
        let hash = match self.0 {
            0 => "xxh64".to_owned(),
            seed => format!("xxh64-xor-{seed}"),
        };
        Space { hash, size: Hash64::Xxh64 { seed: 0 }.range() }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let place = Mixed::new(servers.iter().map(|server| xxh64(server.label().as_bytes(), 0)));
    Ok(Box::new(Hashed { hash: Seeded(options.whole("seed")), place }))
}
