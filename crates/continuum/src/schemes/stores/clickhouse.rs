//! ClickHouse: which shard of a `Distributed` table a row goes to, and
//! `jumpConsistentHash`.
//!
//! Rule of `clickhouse`. The sharding expression as an unsigned number of 64 bits,
//! modulo the sum of weights; the shards lie side by side in the order of the
//! configuration, each as wide as its weight. Rule of `clickhouse-jump`: the paper's
//! jump consistent hash over that number. Servers stand for shards.
//!
//! `hash` is the function of the expression, in ClickHouse's words; `v` is the column
//! itself. `type` is that of the column: a key of `String` is its bytes, one of `Int64`
//! a number in decimal, whose hash is another: of cityHash64 the mixer intHash64, of
//! sipHash64 and xxHash64 that of its eight little-endian bytes. `intHash32`,
//! `intHash64` and `v` take numbers alone.
//!
//! Quirks, all kept:
//! - A negative number is taken modulo as an unsigned one: -1 is 2^64 - 1, unlike in
//!   SQL's `%`. javaHash is signed.
//! - cityHash64 is that of CityHash 1.0.2.
//! - Weight 0 takes no row; another sum of weights moves nearly every row.
//!
//! `weights`, with `-` between, stands in place of the servers' capacities. A key of a
//! number's type that is no such number is hashed by its bytes' XXH64; ClickHouse
//! refuses it. The program names one shard; candidates are the following ones. Not
//! covered: farmHash64, metroHash64, tuples, and a cluster's replicas.

use crate::error::{Error, Kind, quoted};
use crate::hash::city::city64_102;
use crate::hash::java;
use crate::hash::siphash::sip24;
use crate::hash::word::{low32, signed32};
use crate::hash::xxh32::xxh32;
use crate::hash::xxh64::xxh64;
use crate::hash::{md5, murmur2, murmur3};
use crate::lanes::Hash64;
use crate::placement::{Hashed, Jump, KeyHash, Numbered, Placement, Shares, Space};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::server::Server;

const HASHES: &[&str] = &[
    "cityHash64",
    "sipHash64",
    "xxHash64",
    "xxHash32",
    "murmurHash2_64",
    "murmurHash2_32",
    "murmurHash3_64",
    "murmurHash3_32",
    "halfMD5",
    "javaHash",
    "hiveHash",
    "intHash64",
    "intHash32",
    "v",
];
const HASH: OptionSpec = OptionSpec::new(
    "hash",
    Accepts::Choice(HASHES),
    "cityHash64",
    "function of the sharding expression; v: the column itself",
);
const TYPE: OptionSpec = OptionSpec::new(
    "type",
    Accepts::Choice(&["auto", "String", "Int64"]),
    "auto",
    "the column's type; auto: Int64 for functions of numbers alone, else String",
)
.trying(&["Int64"]);
const VERSIONS: &str = "26.9.2, 18.16.1";

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["clickhouse-distributed"],
    program: "ClickHouse Distributed",
    versions: VERSIONS,
    about: "the sharding expression, modulo the sum of the shards' weights",
    options: &[
        HASH,
        TYPE,
        OptionSpec::new(
            "weights",
            Accepts::Text(10_000),
            "",
            "weights of the shards with - between, in place of the capacities",
        )
        .trying(&[]),
    ],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    order: |_| Order::Positional,
    minimal: |_| Minimal::NEVER,
    proven: 15_622,
    ..SchemeEntry::new("clickhouse", build)
};

pub(crate) static JUMP: SchemeEntry = SchemeEntry {
    program: "ClickHouse jumpConsistentHash",
    versions: VERSIONS,
    about: "jump consistent hash over ClickHouse's hash functions",
    options: &[HASH, TYPE],
    order: |_| Order::Positional,
    minimal: |_| Minimal { add: false, remove: false, weight: true },
    proven: 6282,
    ..SchemeEntry::new("clickhouse-jump", build_jump)
};

/// A hash of the column's bytes or of its number.
enum Expression {
    Text(&'static str, fn(&[u8]) -> u64),
    Number(&'static str, fn(u64) -> u64),
}

impl Expression {
    fn new(scheme: &str, options: &Options<'_>) -> Result<Self, Error> {
        let (name, kind) = (options.choice("hash"), options.choice("type"));
        let refuse = |kind: &str| {
            Err(Error::new(
                Kind::Scheme,
                format!("scheme '{scheme}': hash={name} over type={kind} is not covered"),
            ))
        };
        let of_numbers = matches!(name, "intHash64" | "intHash32" | "v");
        if kind == "Int64" || kind == "auto" && of_numbers {
            return match of_number(name) {
                Some(hash) => Ok(Self::Number(name, hash)),
                None => refuse("Int64"),
            };
        }
        match of_text(name) {
            Some(hash) => Ok(Self::Text(name, hash)),
            None => refuse("String"),
        }
    }
}

fn of_text(name: &str) -> Option<fn(&[u8]) -> u64> {
    Some(match name {
        "cityHash64" => city64_102,
        "sipHash64" => sip24,
        "xxHash64" => |key| xxh64(key, 0),
        "xxHash32" => |key| xxh32(key, 0).into(),
        "murmurHash2_64" => |key| murmur2::murmur64a(key, 0),
        "murmurHash2_32" => |key| murmur2::murmur2(key, 0).into(),
        "murmurHash3_64" => |key| {
            let [first, second] = murmur3::x64_128(key, 0);
            first ^ second
        },
        "murmurHash3_32" => |key| murmur3::x86_32(key, 0).into(),
        "halfMD5" => |key| {
            let [first, second, ..] = md5::words(key);
            u64::from(first.swap_bytes()) << 32 | u64::from(second.swap_bytes())
        },
        "javaHash" => |key| i64::from(java_of_bytes(key).cast_signed()).cast_unsigned(),
        "hiveHash" => |key| u64::from(java_of_bytes(key) & 0x7fff_ffff),
        _ => return None,
    })
}

fn of_number(name: &str) -> Option<fn(u64) -> u64> {
    Some(match name {
        "cityHash64" | "intHash64" => int64,
        "intHash32" => |number| int32(number).into(),
        "sipHash64" => |number| sip24(&number.to_le_bytes()),
        "xxHash64" => |number| xxh64(&number.to_le_bytes(), 0),
        "v" => |number| number,
        _ => return None,
    })
}

/// Java's sum over signed bytes.
fn java_of_bytes(key: &[u8]) -> u32 {
    key.iter()
        .fold(0, |hash: u32, byte| hash.wrapping_mul(java::FACTOR).wrapping_add(signed32(*byte)))
}

/// `intHash64`: MurmurHash3's last mix of the number with a salt.
fn int64(number: u64) -> u64 {
    let mut hash = number ^ 0x4cf2_d2ba_ae6d_a887;
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// `intHash32`: Thomas Wang's hash of 64 bits to 32, with a salt.
fn int32(number: u64) -> u32 {
    let mut hash = number ^ 0x75d9_543d_e018_bf45;
    hash = (!hash).wrapping_add(hash << 18);
    hash ^= hash.rotate_right(31);
    hash = hash.wrapping_mul(21);
    hash ^= hash.rotate_right(11);
    hash = hash.wrapping_add(hash << 6);
    hash ^= hash.rotate_right(22);
    low32(hash)
}

/// An Int64 or UInt64 in decimal.
fn number(key: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(key).ok()?;
    let signed = text.parse::<i64>().ok().map(i64::cast_unsigned);
    signed.or_else(|| text.parse().ok())
}

impl KeyHash for Expression {
    type Position = u64;

    fn hash(&self, key: &[u8]) -> u64 {
        match self {
            Self::Text(_, hash) => hash(key),
            Self::Number(_, hash) => number(key).map_or_else(|| xxh64(key, 0), hash),
        }
    }

    fn space(&self) -> Space {
        let hash = match self {
            Self::Text("xxHash64", _) => Hash64::Xxh64 { seed: 0 }.name().to_owned(),
            Self::Text("murmurHash2_64", _) => Hash64::Murmur64A { seed: 0 }.name().to_owned(),
            Self::Text(name, _) => format!("clickhouse-{name}"),
            Self::Number("cityHash64", _) => "clickhouse-intHash64-of-number".to_owned(),
            Self::Number(name, _) => format!("clickhouse-{name}-of-number"),
        };
        let size = match self {
            Self::Number("v", _) | Self::Text("javaHash", _) => None,
            Self::Text(name, _) if name.ends_with("32") => Some(1 << 32),
            Self::Text("hiveHash", _) => Some(1 << 31),
            Self::Number("intHash32", _) => Some(1 << 32),
            _ => Some(1 << 64),
        };
        Space { hash, size }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = Expression::new(SCHEME.name, options)?;
    let text = options.text("weights");
    let weights: Vec<u64> = if text.is_empty() {
        servers.iter().map(|server| server.capacity().whole().unwrap_or(0)).collect()
    } else {
        given_weights(text, servers.len())?
    };
    Ok(Box::new(Hashed { hash, place: Shares::new(weights) }))
}

fn given_weights(text: &str, servers: usize) -> Result<Vec<u64>, Error> {
    let refuse = |why: String| Error::new(Kind::Scheme, format!("scheme 'clickhouse': {why}"));
    let weights: Option<Vec<u64>> =
        text.split('-').map(|part| part.parse::<u32>().ok().map(u64::from)).collect();
    let weights = weights.ok_or_else(|| {
        refuse(format!(
            "option 'weights' is {}, but takes whole numbers with - between",
            quoted(text)
        ))
    })?;
    if servers > 0 && weights.len() != servers {
        return Err(refuse(format!("{} weights for {servers} servers", weights.len())));
    }
    Ok(weights.into_iter().take(servers).collect())
}

fn build_jump(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = Expression::new(JUMP.name, options)?;
    let count = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    Ok(Box::new(Hashed { hash, place: Numbered::<Jump>::new(count) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Continuum, Servers};

    #[test]
    fn numbers_of_both_signs() {
        assert_eq!(number(b"-1"), Some(u64::MAX));
        assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(number(b"1.5"), None);
    }

    #[test]
    fn weights_and_types_that_do_not_fit_are_refused() {
        for (scheme, says) in [
            ("clickhouse:weights=1-2", "2 weights for 3 servers"),
            ("clickhouse:weights=1-x-2", "takes whole numbers"),
            ("clickhouse:hash=halfMD5,type=Int64", "hash=halfMD5 over type=Int64 is not covered"),
            ("clickhouse-jump:hash=v,type=String", "hash=v over type=String is not covered"),
        ] {
            let servers = Servers::from_texts(["a:1", "b:1", "c:1"]).unwrap();
            let error = Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
