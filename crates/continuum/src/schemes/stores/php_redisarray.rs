//! phpredis's `RedisArray` (PHP).
//! Rule, quirks, versions and limits: `docs/schemes/php-redisarray.md`.

use crate::error::{Error, Kind, quoted};
use crate::hash::digest::Digest;
use crate::hash::{adler32, fnv};
use crate::lanes::Hash32;
use crate::lanes::crc32;
use crate::placement::{Hashed, KeyHash, Placement, Ranges, Rules, Seek, Shared, Space};
use crate::scheme::{Accepts, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::ketama;
use crate::schemes::shared::points::{Points, check_total};
use crate::schemes::shared::tags::{Tag, Tagged};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["phpredis"],
    program: "phpredis RedisArray",
    versions: "5.3.7",
    about: "ranges of the CRC-32 over a list, or an MD5 ring of 160 points a server; tags",
    options: &[
        OptionSpec::new("consistent", Accepts::Switch, "off", "the array's option of that name"),
        OptionSpec::new(
            "algorithm",
            Accepts::Choice(&[
                "none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256",
                "crc32b", "adler32", "fnv132", "fnv1a32", "fnv164", "fnv1a64",
            ]),
            "none",
            "the array's option of that name: a hash of PHP's hash() for keys",
        )
        .trying(&[]),
    ],
    order: |options| match options.switch("consistent") {
        true => Order::Ties,
        false => Order::Positional,
    },
    minimal: |options| match options.switch("consistent") {
        true => Minimal::ALWAYS,
        false => Minimal { weight: true, ..Minimal::NEVER },
    },
    proven: 15_529,
    ..SchemeEntry::new("php-redisarray", build)
};

/// How keys are hashed.
#[derive(Clone, Copy)]
enum Algorithm {
    None,
    Crc32,
    Adler32,
    Fnv1_32,
    Fnv1a32,
    Fnv1_64,
    Fnv1a64,
    Digest(Digest),
}

impl Algorithm {
    fn named(word: &str) -> Self {
        match word {
            "crc32b" => Self::Crc32,
            "adler32" => Self::Adler32,
            "fnv132" => Self::Fnv1_32,
            "fnv1a32" => Self::Fnv1a32,
            "fnv164" => Self::Fnv1_64,
            "fnv1a64" => Self::Fnv1a64,
            word => Digest::named(word).map_or(Self::None, Self::Digest),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Crc32 => "crc32b",
            Self::Adler32 => "adler32",
            Self::Fnv1_32 => "fnv132",
            Self::Fnv1a32 => "fnv1a32",
            Self::Fnv1_64 => "fnv164",
            Self::Fnv1a64 => "fnv1a64",
            Self::Digest(digest) => digest.name(),
        }
    }
}

/// A key's place on a ring; among a list it is that with all bits inverted.
struct Value {
    algorithm: Algorithm,
    inverted: bool,
}

impl Value {
    /// Digests are written with their first byte highest, and read the other way
    /// round.
    fn value(&self, key: &[u8]) -> u32 {
        let first = match self.algorithm {
            Algorithm::None => return !crc32::update(0, key),
            Algorithm::Crc32 => u64::from(crc32::update(0, key).swap_bytes()),
            Algorithm::Adler32 => u64::from(adler32::adler32(key).swap_bytes()),
            Algorithm::Fnv1_32 => u64::from(fnv::fnv1_32_plain(key).swap_bytes()),
            Algorithm::Fnv1a32 => u64::from(fnv::fnv1a_32_plain(key).swap_bytes()),
            Algorithm::Fnv1_64 => fnv::fnv1_64_plain(key).swap_bytes(),
            Algorithm::Fnv1a64 => fnv::fnv1a_64_plain(key).swap_bytes(),
            Algorithm::Digest(digest) => digest.of(key).low64(),
        };
        // A remainder of 32 bits.
        crate::hash::word::low32(first % u64::from(u32::MAX))
    }
}

impl KeyHash for Value {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        if self.inverted { !self.value(key) } else { self.value(key) }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        if let Algorithm::None = self.algorithm {
            Hash32::Crc32.hash_all(keys, out);
            if !self.inverted {
                for out in out {
                    *out = !*out;
                }
            }
            return;
        }
        for (key, out) in keys.iter().zip(out) {
            *out = self.hash(key);
        }
    }

    fn space(&self) -> Space {
        let hash = match (self.algorithm, self.inverted) {
            (Algorithm::None, true) => "crc32".to_owned(),
            (Algorithm::None, false) => "crc32;inverted".to_owned(),
            (algorithm, inverted) => {
                let inverted = if inverted { ";inverted" } else { "" };
                format!("phpredis-{}{inverted}", algorithm.name())
            }
        };
        Space { hash, size: Some(1 << 32) }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    const LABELS: u64 = 40;
    let consistent = options.switch("consistent");
    let algorithm = Algorithm::named(options.choice("algorithm"));
    let hash = Tagged { tag: Tag::Phpredis, hash: Value { algorithm, inverted: !consistent } };
    if !consistent {
        return Ok(Box::new(Hashed { hash, place: Ranges::new(servers.len()) }));
    }
    check_total(options, servers.iter().map(|_| LABELS * 4))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |_| LABELS * 4,
        |points, owner, server, count| {
            /// Behind the host of the longest labels: `-39`.
            const TAIL: usize = 3;
            const BUFFER: usize = 64;
            let host = server.label();
            if host.len() + TAIL >= BUFFER {
                return Err(Error::new(
                    Kind::Server,
                    format!(
                        "server {}: phpredis reads stray memory behind a label of {BUFFER} bytes \
                         or more, so a host has at most {}",
                        quoted(&server.identity()),
                        BUFFER - TAIL - 1
                    ),
                ));
            }
            ketama::add_points(points, owner, &host, count / 4, 4);
            Ok(())
        },
    )?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash, place: points.ring(rules) }))
}
