//! The relabelling action `hashmod` of Prometheus and of VictoriaMetrics.
//! Rule, quirks, versions and limits: `docs/schemes/hashmod.md`.

use crate::error::Error;
use crate::hash::md5;
use crate::lanes::{self, Hash64};
use crate::placement::{BATCH, Hashed, KeyHash, Placement, Slots, Space};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::plain::Plain64;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["prometheus-hashmod"],
    program: "Prometheus and VictoriaMetrics relabel hashmod",
    versions: "Prometheus 2.42.0; VictoriaMetrics 1.79.5, 1.150",
    about: "MD5 or XXH64 of joined label values, modulo the number of shards",
    options: &[OptionSpec::new(
        "program",
        Accepts::Choice(&["prometheus", "vm"]),
        "prometheus",
        "whose action it is: prometheus (MD5), or vm for VictoriaMetrics and vmagent (XXH64)",
    )],
    capacities: |_| Capacities::Ignored,
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 14_148,
    ..SchemeEntry::new("hashmod", build)
};

/// The lower half of the MD5, big-endian.
struct LowerMd5;

fn lower_half(words: [u32; 4]) -> u64 {
    u64::from(words[2].swap_bytes()) << 32 | u64::from(words[3].swap_bytes())
}

impl KeyHash for LowerMd5 {
    type Position = u64;

    #[inline]
    fn hash(&self, key: &[u8]) -> u64 {
        lower_half(md5::words(key))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u64]) {
        let mut words = [[0; 4]; BATCH];
        let words = &mut words[..keys.len()];
        lanes::md5::digests(keys, words);
        for (words, out) in words.iter().zip(out) {
            *out = lower_half(*words);
        }
    }

    fn space(&self) -> Space {
        Space { hash: "md5-lower-half".to_owned(), size: Some(1 << 64) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let place = shards(servers);
    Ok(match options.choice("program") {
        "vm" => Box::new(Hashed { hash: Plain64(Hash64::Xxh64 { seed: 0 }), place }),
        _ => Box::new(Hashed { hash: LowerMd5, place }),
    })
}

/// Each server is the shard of its place in the list.
pub(super) fn shards(servers: &[Server]) -> Slots {
    let numbers: Vec<u32> = (0_u32..).zip(servers).map(|(number, _)| number).collect();
    Slots::new(numbers, servers.len() > 1)
}
