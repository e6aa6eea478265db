//! Clients of memcached that take a remainder over a weighted list.
//! Rule, quirks, versions and limits: `docs/schemes/memcached-modulo.md`.

use std::borrow::Cow;

use crate::error::{Error, Kind};
use crate::hash::crc32::cut;
use crate::hash::{fnv, java};
use crate::lanes::{Hash32, crc32};
use crate::placement::{Placement, Remainder, Space, Tried, Tries};
use crate::scheme::{
    Accepts, Advice, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry, Topic,
};
use crate::schemes::shared::points::Decimal;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["python-memcached"],
    program: "python-memcached, Cache::Memcached, pecl/memcache, gomemcache, memjs, apr_memcache",
    versions: "1.58 to 1.62; 1.30; 8.0; 2014, 2025; 0.8.9 to 1.3.2; apr-util 1.6.3",
    about: "a hash of the key modulo the sum of the weights",
    options: &[
        OptionSpec::new(
            "client",
            Accepts::Choice(&[
                "python-memcached",
                "python-memcached-1.59",
                "cache-memcached",
                "pecl-memcache",
                "gomemcache",
                "memjs",
                "apr",
            ]),
            "python-memcached",
            "whose rule it is",
        ),
        OptionSpec::new(
            "hash",
            Accepts::Choice(&["crc32", "fnv"]),
            "crc32",
            "pecl-memcache: memcache.hash_function",
        ),
    ],
    capacities: |options| match Client::of(options) {
        Client::Gomemcache | Client::Memjs | Client::Apr => Capacities::Ignored,
        Client::CacheMemcached => Capacities::UpTo(u32::MAX),
        _ => Capacities::Whole(u32::MAX as u64),
    },
    order: |_| Order::Positional,
    minimal: |options| match Client::of(options) {
        Client::Gomemcache | Client::Memjs | Client::Apr => {
            Minimal { add: false, remove: false, weight: true }
        }
        _ => Minimal::NEVER,
    },
    proven: 56_003,
    advice,
    ..SchemeEntry::new("memcached-modulo", build)
};

/// The values that 15 bits take.
const VALUES: u64 = 1 << 15;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    Python,
    Python159,
    CacheMemcached,
    Pecl,
    PeclFnv,
    Gomemcache,
    Memjs,
    Apr,
}

impl Client {
    fn of(options: &Options<'_>) -> Self {
        match options.choice("client") {
            "python-memcached-1.59" => Self::Python159,
            "cache-memcached" => Self::CacheMemcached,
            "pecl-memcache" if options.choice("hash") == "fnv" => Self::PeclFnv,
            "pecl-memcache" => Self::Pecl,
            "gomemcache" => Self::Gomemcache,
            "memjs" => Self::Memjs,
            "apr" => Self::Apr,
            _ => Self::Python,
        }
    }

    /// Whether 0 becomes 1.
    fn is_never_zero(self) -> bool {
        matches!(self, Self::Python159 | Self::Pecl | Self::PeclFnv | Self::Apr)
    }

    /// Its 15 bits of a text.
    fn cut(self, text: &[u8]) -> u64 {
        let hash = match self {
            Self::PeclFnv => cut(fnv::fnv1a_32(text)),
            _ => crc32::memcached(text),
        };
        self.never_zero(hash)
    }

    fn never_zero(self, hash: u32) -> u64 {
        u64::from(if hash == 0 && self.is_never_zero() { 1 } else { hash })
    }
}

/// The longest key that pecl hashes, in bytes.
const PECL_LONGEST: usize = 250;
/// The bytes of a key that gomemcache hashes.
const GO_LONGEST: usize = 256;

impl Tries for Client {
    fn first(&self, key: &[u8]) -> u64 {
        match self {
            Self::Gomemcache => crc32::crc32(&key[..key.len().min(GO_LONGEST)]).into(),
            Self::Memjs => java::native(key).cast_signed().unsigned_abs().into(),
            _ => self.cut(&self.hashed(key)),
        }
    }

    fn first_all(&self, keys: &[&[u8]], out: &mut [u64]) {
        if !matches!(self, Self::Python | Self::Python159 | Self::CacheMemcached | Self::Apr) {
            for (key, out) in keys.iter().zip(out) {
                *out = self.first(key);
            }
            return;
        }
        let mut hashes = [0; crate::placement::BATCH];
        let hashes = &mut hashes[..keys.len()];
        Hash32::Crc32Memcached.hash_all(keys, hashes);
        for (hash, out) in hashes.iter().zip(out) {
            *out = self.never_zero(*hash);
        }
    }

    fn next(&self, key: &[u8], attempt: u32, number: u64) -> Option<u64> {
        let behind = |least: u32| Decimal::new((attempt - least).into());
        match self {
            Self::Python | Self::Python159 => (attempt < 10).then(|| {
                let before = Decimal::new(number);
                self.cut(&[before.as_bytes(), behind(1).as_bytes()].concat())
            }),
            Self::CacheMemcached => (attempt < 20).then(|| {
                let crc = crc32::update(crc32::crc32(behind(0).as_bytes()), key);
                number + u64::from(cut(crc))
            }),
            Self::Pecl | Self::PeclFnv => (attempt <= 20)
                .then(|| self.cut(&[&*self.hashed(key), b"-", behind(1).as_bytes()].concat())),
            Self::Gomemcache => None,
            // Around the list, which has no weights.
            Self::Memjs | Self::Apr => Some(number + 1),
        }
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        match self {
            Self::Pecl | Self::PeclFnv => {
                let key = &key[..key.len().min(PECL_LONGEST)];
                if key.iter().all(|byte| *byte > b' ') {
                    return Cow::Borrowed(key);
                }
                key.iter().map(|byte| if *byte > b' ' { *byte } else { b'_' }).collect()
            }
            Self::Gomemcache => Cow::Borrowed(&key[..key.len().min(GO_LONGEST)]),
            _ => Cow::Borrowed(key),
        }
    }

    fn space(&self) -> Space {
        let (hash, size) = match self {
            Self::Python | Self::CacheMemcached => {
                (Hash32::Crc32Memcached.name(), Some(u128::from(VALUES)))
            }
            // 1 twice, 0 never.
            Self::Python159 | Self::Apr => ("crc32-memcached-not-0", None),
            // As `pecl-memcache:strategy=standard` names them.
            Self::Pecl => ("pecl-memcache-crc32;15-bits", None),
            Self::PeclFnv => ("pecl-memcache-fnv1a_32;15-bits", None),
            Self::Gomemcache => ("crc32;first=256", Some(1 << 32)),
            Self::Memjs => ("java-absolute", None),
        };
        Space { hash: hash.to_owned(), size }
    }
}

/// A server's weight, as the client reads it.
fn weight(client: Client, server: &Server) -> u64 {
    match client {
        Client::Gomemcache | Client::Memjs | Client::Apr => 1,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "Perl truncates too; the value is from 0 to 2^32"
        )]
        Client::CacheMemcached => server.capacity().get() as u64,
        // The build has refused what is not whole.
        _ => server.capacity().whole().unwrap_or(0),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let client = Client::of(options);
    if options.choice("hash") == "fnv" && client != Client::PeclFnv {
        return Err(Error::new(
            Kind::Scheme,
            format!(
                "scheme '{}': only client=pecl-memcache has hash=fnv, not {}",
                SCHEME.name,
                options.choice("client")
            ),
        ));
    }
    let list = Remainder::new(servers.iter().map(|server| weight(client, server)));
    Ok(Box::new(Tried { rule: client, list }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if servers.len() < 2 {
        return Vec::new();
    }
    let client = Client::of(options);
    let mut all = vec![Advice::new(
        Topic::Churn,
        "a remainder deals most keys anew whenever the sum of weights changes",
    )];
    let total: u64 = servers.iter().map(|server| weight(client, server)).sum();
    if total > VALUES && !matches!(client, Client::Gomemcache | Client::Memjs) {
        all.push(Advice::new(
            Topic::Starved,
            format!(
                "15 bits reach the first {VALUES} units of weight only, of {total}: divide the \
                 weights"
            ),
        ));
    }
    let cut = |server: &&Server| {
        let whole = weight(client, server);
        client == Client::CacheMemcached && server.capacity().whole() != Some(whole)
    };
    let odd = servers.iter().filter(cut).count();
    if odd > 0 {
        all.push(Advice::new(
            Topic::Capacity,
            format!(
                "Cache::Memcached truncates {odd} weights to whole numbers, those below 1 to \
                 nothing: multiply them all"
            ),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Continuum, Servers};

    fn built(scheme: &str, servers: &[&str]) -> Continuum {
        let servers = Servers::from_texts(servers.iter().copied()).unwrap();
        Continuum::with_servers(scheme.parse().unwrap(), servers).unwrap()
    }

    #[test]
    fn pecl_cleans_keys() {
        let hashed = |key: &[u8]| Client::Pecl.hashed(key).into_owned();
        assert_eq!(hashed(b"a b\0c\n"), b"a_b_c_");
        assert_eq!(hashed(&[b'k'; 300]), [b'k'; 250]);
        assert_eq!(hashed(b"\xff"), b"\xff");
    }

    #[test]
    fn weights_are_truncated_by_perl_alone() {
        let perl = built("memcached-modulo:client=cache-memcached", &["a:1=2.9", "b:1=0.9", "c:1"]);
        let owners: Vec<_> = (0..3).map(|number| perl.resolve_position(number)).collect();
        assert!(perl.resolve_index("x").is_some());
        assert_eq!(owners.iter().flatten().count(), 3, "{owners:?}");
        assert_eq!(perl.ownership().shares()[1], 0.0);
        let topics: Vec<_> = perl.advice().iter().map(Advice::topic).collect();
        assert!(topics.contains(&Topic::Capacity), "{topics:?}");
        let servers = Servers::from_texts(["a:1=1.5"]).unwrap();
        let error = Continuum::with_servers("python-memcached".parse().unwrap(), servers);
        assert!(error.unwrap_err().to_string().contains("whole numbers"));
    }

    #[test]
    fn fnv_is_pecl_s() {
        let scheme = "memcached-modulo:hash=fnv".parse().unwrap();
        let error = Continuum::with_servers(scheme, Servers::new()).unwrap_err();
        assert!(error.is_invalid_scheme() && error.to_string().contains("only client=pecl"));
    }
}
