//! clandestined (Python, with its C murmur): `RendezvousHash` and `Cluster`.
//! Rule, quirks, versions and limits: `docs/schemes/clandestined.md` and
//! `docs/schemes/clandestined-cluster.md`.

use std::collections::BTreeMap;

use crate::placement::{Rendezvous, Verbatim, ZonedRendezvous};
use crate::schemes::prelude::*;
use crate::schemes::shared::labels::labels;

const SEED: OptionSpec =
    OptionSpec::new("seed", Accepts::Whole(0, 0xffff_ffff), "0", "MurmurHash3's seed");

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "clandestined RendezvousHash",
    versions: "1.1.0",
    about: "rendezvous hashing by MurmurHash3 of 'node-key'",
    options: &[SEED],
    order: |_| Order::Free,
    proven: 58_128,
    ..SchemeEntry::new("clandestined", build)
};

pub(crate) static CLUSTER: SchemeEntry = SchemeEntry {
    program: "clandestined Cluster",
    versions: "1.1.0",
    about: "a rendezvous a zone; a key's code points choose its first zone",
    options: &[
        OptionSpec::new(
            "replicas",
            Accepts::Whole(1, 0xffff_ffff),
            "2",
            "how many nodes the program names; the first so many candidates are those",
        ),
        SEED,
    ],
    order: |_| Order::Free,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 2422,
    advice: advise_cluster,
    ..SchemeEntry::new("clandestined-cluster", build_cluster)
};

/// The text before the key's.
fn prefixed((label, owner): (String, u32)) -> (String, u32) {
    (label + "-", owner)
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let nodes = labels(SCHEME.name, servers)?.into_iter().map(prefixed);
    Ok(Box::new(Rendezvous::new(options.whole32("seed"), nodes, Verbatim)))
}

fn build_cluster(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let mut zones: BTreeMap<&str, Vec<(String, u32)>> = BTreeMap::new();
    for (label, owner) in labels(CLUSTER.name, servers)? {
        let zone = servers[owner as usize].zone().unwrap_or_default();
        zones.entry(zone).or_default().push(prefixed((label, owner)));
    }
    let seed = options.whole32("seed");
    let zones = zones.into_values().map(|nodes| Rendezvous::new(seed, nodes, Verbatim)).collect();
    Ok(Box::new(ZonedRendezvous::new(zones, code_points)))
}

/// The sum of a key's code points.
fn code_points(key: &[u8]) -> u64 {
    key.utf8_chunks().fold(0_u64, |sum, chunk| {
        let text = chunk.valid().chars().map(|c| u64::from(u32::from(c))).sum::<u64>();
        let stray = chunk.invalid().iter().map(|byte| 0xdc00 + u64::from(*byte)).sum::<u64>();
        sum.wrapping_add(text).wrapping_add(stray)
    })
}

fn advise_cluster(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let mut sizes: BTreeMap<&str, u32> = BTreeMap::new();
    for server in servers {
        *sizes.entry(server.zone().unwrap_or_default()).or_default() += 1;
    }
    let (zones, replicas) = (sizes.len() as u64, options.whole("replicas"));
    let mut all = Vec::new();
    if zones > 0 && replicas > zones {
        all.push(Advice::new(
            Topic::Uneven,
            format!("{replicas} replicas over {zones} zones: clandestined names a node twice"),
        ));
    }
    if sizes.values().max() != sizes.values().min() {
        all.push(Advice::new(
            Topic::Uneven,
            "zones share the keys evenly whatever their number of servers: those of a smaller zone \
             own more",
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::code_points;

    #[test]
    fn sums_code_points() {
        assert_eq!(code_points(b""), 0);
        assert_eq!(code_points("aé\u{1f980}".as_bytes()), 0x61 + 0xe9 + 0x1_f980);
        // Each byte of what is no UTF-8 stands alone.
        assert_eq!(code_points(b"a\xff\xe2\x82"), 0x61 + 0xdcff + 0xdce2 + 0xdc82);
    }
}
