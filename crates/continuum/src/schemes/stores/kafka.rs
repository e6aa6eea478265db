//! Kafka's producers: the partition of a record that has a key.
//! Rule, quirks, versions and limits: `docs/schemes/kafka.md`.

use crate::error::{Error, Kind};
use crate::hash::murmur2::KAFKA_SEED;
use crate::hash::word::{len32, tail32};
use crate::lanes::Hash32;
use crate::placement::{Hashed, KeyHash, Placement, Slots, Space};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Kafka's producers: Java, librdkafka, Sarama, KafkaJS, kafka-python, kafka-go",
    versions: "librdkafka 2.0.2, 2.16.0; Sarama 1.22.1, 2026-08; KafkaJS 1.16.0, 2.2.4; \
               kafka-python 3.0.12; kafka-go 0.2.1, 0.4.50",
    about: "a hash of the record's key modulo the number of partitions",
    options: &[
        OptionSpec::new(
            "client",
            Accepts::Choice(&[
                "java",
                "kafka-python",
                "librdkafka",
                "sarama",
                "kafkajs",
                "kafka-go",
            ]),
            "java",
            "whose producer it is",
        )
        .later()
        .trying(&["librdkafka", "sarama", "kafkajs", "kafka-go"]),
        OptionSpec::new(
            "partitioner",
            Accepts::Choice(&[
                "default",
                "consistent",
                "consistent-random",
                "murmur2",
                "murmur2-random",
                "fnv1a",
                "fnv1a-random",
                "hash",
                "reference",
                "crc",
                "custom-crc32",
                "java-compatible",
                "legacy",
                "hash-crc32",
                "crc32",
                "crc32-consistent",
                "murmur2-consistent",
            ]),
            "default",
            "its partitioner, by the client's own name for it",
        )
        .later()
        .trying(&["reference", "custom-crc32", "legacy", "hash"]),
        OptionSpec::new(
            "dialect",
            Accepts::Choice(&["current", "0.2"]),
            "current",
            "0.2: kafka-go's hash and hash-crc32 as that release has them",
        )
        .later()
        .trying(&["0.2"]),
    ],
    capacities: |_| Capacities::Ignored,
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 104_230,
    ..SchemeEntry::new("kafka", build)
};

/// What is divided by the number of partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    /// A hash as it is.
    Plain(Hash32),
    /// Without its sign bit: `Utils.toPositive` of Java.
    Positive(Hash32),
    /// The absolute value of the signed number.
    Absolute(Hash32),
    /// KafkaJS's murmur2 in doubles.
    Legacy,
}

impl Hash {
    /// That of a client's partitioner; `None` where it has none of that name.
    fn of(client: &str, partitioner: &str, dialect: &str) -> Option<Self> {
        const FNV: Hash32 = Hash32::Fnv1a32Plain;
        const JAVA: Hash = Hash::Positive(Hash32::Murmur2Kafka);
        const CRC: Hash = Hash::Plain(Hash32::Crc32);
        let old = dialect == "0.2";
        if old && client != "kafka-go" {
            return None;
        }
        Some(match (client, partitioner) {
            ("java" | "kafka-python", "default" | "murmur2") => JAVA,
            ("librdkafka", "default" | "consistent" | "consistent-random") => CRC,
            ("librdkafka", "murmur2" | "murmur2-random") => JAVA,
            ("librdkafka", "fnv1a" | "fnv1a-random") => Self::Absolute(FNV),
            ("sarama", "default" | "hash") => Self::Absolute(FNV),
            ("sarama" | "kafka-go", "reference") => Self::Positive(FNV),
            ("sarama", "crc") => CRC,
            ("sarama", "custom-crc32") => Self::Absolute(Hash32::Crc32),
            ("sarama", "murmur2") => JAVA,
            ("kafkajs", "default" | "java-compatible") => JAVA,
            ("kafkajs", "legacy") => Self::Legacy,
            ("kafka-go", "hash") if old => Self::Plain(FNV),
            ("kafka-go", "hash") => Self::Absolute(FNV),
            ("kafka-go", "hash-crc32") if old => CRC,
            ("kafka-go", "hash-crc32") => Self::Absolute(Hash32::Crc32),
            ("kafka-go", "crc32" | "crc32-consistent") => CRC,
            ("kafka-go", "murmur2" | "murmur2-consistent") => JAVA,
            _ => return None,
        })
    }

    /// From the hash function's value to what is divided.
    fn finished(self, hash: u32) -> u32 {
        match self {
            Self::Plain(_) | Self::Legacy => hash,
            Self::Positive(_) => hash & 0x7fff_ffff,
            Self::Absolute(_) => hash.cast_signed().unsigned_abs(),
        }
    }
}

impl KeyHash for Hash {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        match self {
            Self::Plain(hash) | Self::Positive(hash) | Self::Absolute(hash) => {
                self.finished(hash.hash(key))
            }
            Self::Legacy => legacy(key),
        }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        match self {
            Self::Plain(hash) | Self::Positive(hash) | Self::Absolute(hash) => {
                hash.hash_all(keys, out);
                for out in out {
                    *out = self.finished(*out);
                }
            }
            Self::Legacy => {
                for (key, out) in keys.iter().zip(out) {
                    *out = legacy(key);
                }
            }
        }
    }

    fn space(&self) -> Space {
        match self {
            Self::Plain(hash) => {
                Space { hash: hash.name().to_owned(), size: hash.range().map(u128::from) }
            }
            Self::Positive(hash) => {
                Space { hash: format!("{}-positive", hash.name()), size: Some(1 << 31) }
            }
            // 0 and 2^31 are half as likely as the others.
            Self::Absolute(hash) => Space { hash: format!("{}-absolute", hash.name()), size: None },
            Self::Legacy => Space { hash: "murmur2-kafkajs-legacy".to_owned(), size: None },
        }
    }
}

/// A product of numbers as JavaScript has them: rounded to 53 bits, then the whole
/// number's low 32 bits.
fn product(number: i32) -> u32 {
    let product = f64::from(number) * f64::from(0x5bd1_e995_u32);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^62")]
    let whole = product as i64;
    crate::hash::word::low32(whole.cast_unsigned())
}

/// KafkaJS's murmur2 of 1.x: every word, an incomplete last one too, then the tail once
/// more.
fn legacy(key: &[u8]) -> u32 {
    let mut hash = (KAFKA_SEED ^ len32(key)).cast_signed();
    for word in key.chunks(4) {
        let mixed = product(tail32(word).cast_signed());
        let mixed = (mixed ^ mixed >> 24).cast_signed();
        hash = (product(hash) ^ product(mixed)).cast_signed();
    }
    let tail = key.chunks_exact(4).remainder();
    let mut last = hash.cast_unsigned();
    if !tail.is_empty() {
        last = product((hash.cast_unsigned() ^ tail32(tail)).cast_signed());
    }
    let last = product((last ^ last >> 13).cast_signed());
    (last ^ last >> 15) & 0x7fff_ffff
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let [client, partitioner, dialect] =
        ["client", "partitioner", "dialect"].map(|name| options.choice(name));
    let hash = Hash::of(client, partitioner, dialect).ok_or_else(|| {
        let spec = SCHEME.options.iter().find(|spec| spec.name() == "partitioner");
        let words = spec.and_then(|spec| spec.choices()).unwrap_or_default();
        let has: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| Hash::of(client, word, "current").is_some())
            .collect();
        let why = if dialect == "0.2" && client != "kafka-go" {
            "dialect=0.2 is kafka-go's".to_owned()
        } else if client == "kafka-go" && partitioner == "default" {
            format!("kafka-go takes turns by default; name its partitioner: {}", has.join(", "))
        } else {
            format!("client={client} has no partitioner={partitioner}; it has {}", has.join(", "))
        };
        Error::new(Kind::Scheme, format!("scheme '{}': {why}", SCHEME.name))
    })?;
    let partitions: Vec<u32> = (0_u32..).zip(servers).map(|(number, _)| number).collect();
    let place = Slots::new(partitions, servers.len() > 1);
    Ok(Box::new(Hashed { hash, place }))
}

#[cfg(test)]
mod tests {
    use crate::{Continuum, Servers};

    #[test]
    fn what_no_client_has_is_refused() {
        for (scheme, says) in [
            ("kafka:partitioner=reference", "client=java has no partitioner=reference"),
            ("kafka:client=kafka-go", "kafka-go takes turns by default"),
            ("kafka:client=sarama,dialect=0.2", "dialect=0.2 is kafka-go's"),
            ("kafka:client=librdkafka,partitioner=hash", "it has default, consistent, "),
        ] {
            let error = Continuum::with_servers(scheme.parse().unwrap(), Servers::new());
            let error = error.unwrap_err();
            assert!(error.is_invalid_scheme() && error.to_string().contains(says), "{error}");
        }
    }

    #[test]
    fn the_fingerprint_is_that_of_before() {
        let scheme: crate::Scheme = "kafka".parse().unwrap();
        assert_eq!(format!("{scheme:#}"), "kafka");
        let scheme: crate::Scheme = "kafka:client=sarama".parse().unwrap();
        assert_eq!(format!("{scheme:#}"), "kafka:client=sarama");
    }
}
