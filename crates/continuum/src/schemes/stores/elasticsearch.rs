//! Elasticsearch and OpenSearch: which shard a document is routed to.
//!
//! Rule. With h the MurmurHash3 (x86, 32 bits, seed 0) of the routing value's UTF-16
//! little-endian bytes, read as signed: the shard is `floorMod(h, R) / (R / n)`, n the
//! number of shards and R that of routing shards. A document without routing is routed
//! by its id. With `routing_partition_size` p above 1, `floorMod(hash of the id, p)` is
//! added to h, and the sum wraps in 32 bits.
//!
//! Servers stand for shards, numbered by their place in the list. `routing-shards=0`
//! is the default since 7.0: n doubled until it would pass 1024, at least once. That of
//! 5 and 6 is n. An index that was split or shrunk keeps its R. R is a multiple of n,
//! as both programs demand.
//!
//! A key is the routing value; with `partition-size` above 1 it is routing value, byte
//! 0x1f, id. What is not UTF-8 is read as U+FFFD. No weights. The program names one
//! shard; candidates are those that follow. Not covered: `routing_path` and logsdb.

use crate::error::{Error, Kind};
use crate::hash::murmur3;
use crate::hash::utf16;
use crate::placement::{Hashed, KeyHash, Placement, Slots, Space};
use crate::scheme::{Accepts, Advice, Minimal, OptionSpec, Options, Order, SchemeEntry, Topic};
use crate::server::Server;

/// The most routing shards: a table of so many is built.
const MOST: u64 = 1 << 24;
/// What stands between the routing value and the id.
const JOINT: u8 = 0x1f;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["opensearch"],
    program: "Elasticsearch, OpenSearch",
    versions: "OpenSearch 2f028adc (2026), Lucene 8.7.0",
    about: "MurmurHash3 of UTF-16 over routing shards, cut into shards",
    options: &[
        OptionSpec::new(
            "routing-shards",
            Accepts::Whole(0, MOST),
            "0",
            "number_of_routing_shards; 0: the default since 7.0",
        )
        .trying(&[]),
        OptionSpec::new(
            "partition-size",
            Accepts::Whole(1, MOST),
            "1",
            "routing_partition_size; above 1 a key is routing, 0x1f, id",
        )
        .trying(&[]),
    ],
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 8134,
    advice,
    ..SchemeEntry::new("elasticsearch", build)
};

/// The hash of a text, as Java's signed number.
fn murmur(text: &[u8]) -> i32 {
    const SHORT: usize = 256;
    let length = utf16::fold(text, 0_usize, |length, _| length + 2);
    let mut short = [0; SHORT];
    let mut long = Vec::new();
    let bytes = match short.get_mut(..length) {
        Some(bytes) => bytes,
        None => {
            long.resize(length, 0);
            &mut long
        }
    };
    let pairs = bytes.as_chunks_mut::<2>().0;
    utf16::fold(text, 0_usize, |at, unit| {
        pairs[at] = unit.to_le_bytes();
        at + 1
    });
    murmur3::x86_32(bytes, 0).cast_signed()
}

/// A document's hash, 2^31 higher: the order of signed numbers as unsigned ones.
struct Routing {
    partition: i32,
}

impl KeyHash for Routing {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        let hash = if self.partition == 1 {
            murmur(key)
        } else {
            let joint = key.iter().rposition(|byte| *byte == JOINT);
            let (routing, id) = joint.map_or((key, &[][..]), |at| (&key[..at], &key[at + 1..]));
            murmur(routing).wrapping_add(murmur(id).rem_euclid(self.partition))
        };
        hash.cast_unsigned() ^ 1 << 31
    }

    fn space(&self) -> Space {
        let hash = match self.partition {
            1 => "murmur3-utf16".to_owned(),
            partition => format!("murmur3-utf16-of-{partition}"),
        };
        Space { hash, size: Some(1 << 32) }
    }
}

/// The number of routing shards that 7.0 and later choose.
fn default_routing_shards(shards: u64) -> u64 {
    let bits = shards.next_power_of_two().ilog2();
    shards << 10_u32.saturating_sub(bits).max(1)
}

fn routing_shards(options: &Options<'_>, shards: u64) -> u64 {
    match options.whole("routing-shards") {
        0 => default_routing_shards(shards),
        given => given,
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let shards = servers.len() as u64;
    let partition = i32::try_from(options.whole("partition-size")).unwrap_or(i32::MAX);
    let hash = Routing { partition };
    if shards == 0 {
        return Ok(Box::new(Hashed { hash, place: Slots::new(Vec::new(), false) }));
    }
    let routing = routing_shards(options, shards);
    if routing > MOST {
        return Err(Error::new(
            Kind::Limit,
            format!("scheme 'elasticsearch': {routing} routing shards, but at most {MOST} fit"),
        ));
    }
    if !routing.is_multiple_of(shards) {
        return Err(Error::new(
            Kind::Scheme,
            format!(
                "scheme 'elasticsearch': routing-shards={routing} is no multiple of {shards} shards, \
                 which both programs demand"
            ),
        ));
    }
    // Slot s holds the hashes h with (h + 2^31) mod R = s.
    let shift = (1_u64 << 31) % routing;
    let owners = (0..routing)
        .map(|slot| (slot + routing - shift) % routing / (routing / shards))
        .map(|shard| u32::try_from(shard).unwrap_or(u32::MAX))
        .collect();
    Ok(Box::new(Hashed { hash, place: Slots::new(owners, shards > 1) }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if options.whole("partition-size") == 1 || servers.is_empty() {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Differs,
        "with partition-size above 1 a key is the routing value, a byte 0x1f and the document's id",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_since_7_0() {
        for (shards, routing) in [
            (1, 1024),
            (2, 1024),
            (3, 768),
            (5, 640),
            (6, 768),
            (50, 800),
            (512, 1024),
            (1024, 2048),
        ] {
            assert_eq!(default_routing_shards(shards), routing);
        }
    }

    /// Of Elasticsearch's own tests.
    #[test]
    fn murmur_of_code_units() {
        assert_eq!(murmur(b"hell"), 0x5a0c_b7c3);
        assert_eq!(murmur(b"hello"), 0xd7c3_1989_u32.cast_signed());
        assert_eq!(murmur(b"hello w"), 0x22ab_2984);
        assert_eq!(murmur(b"hello wo"), 0xdf0c_a123_u32.cast_signed());
        assert_eq!(
            murmur("k".repeat(500).as_bytes()),
            murmur3::x86_32(&b"k\0".repeat(500), 0).cast_signed()
        );
    }
}
