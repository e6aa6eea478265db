//! Kafka's default partitioner for records with a key.
//! Rule, quirks, versions and limits: `docs/schemes/kafka.md`.

use crate::hash::murmur2;
use crate::schemes::prelude::*;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Kafka default partitioner",
    versions: "kafka-python 3.0.12",
    about: "murmur2 without its sign bit, modulo the number of partitions",
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 2816,
    ..SchemeEntry::new("kafka", build)
};

/// `Utils.toPositive(Utils.murmur2(key))`.
struct Positive;

impl KeyHash for Positive {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        murmur2::kafka(key) & 0x7fff_ffff
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        Hash32::Murmur2Kafka.hash_all(keys, out);
        for out in out {
            *out &= 0x7fff_ffff;
        }
    }

    fn space(&self) -> Space {
        Space { hash: "murmur2-kafka-positive".to_owned(), size: Some(1 << 31) }
    }
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let partitions: Vec<u32> = (0_u32..).zip(servers).map(|(number, _)| number).collect();
    let place = Slots::new(partitions, servers.len() > 1);
    Ok(Box::new(Hashed { hash: Positive, place }))
}
