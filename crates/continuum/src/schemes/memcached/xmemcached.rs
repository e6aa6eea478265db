//! Xmemcached's `KetamaMemcachedSessionLocator` (Java).
//! Rule, quirks, versions and limits: `docs/schemes/xmemcached.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

use crate::error::{Error, Kind, quoted};
use crate::hash::md5;
use crate::hash::xmemcached as own;
use crate::lanes::Hash32;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space};
use crate::scheme::{Accepts, Capacities, Minimal, OptionSpec, Options, Order, SchemeEntry};
use crate::schemes::shared::ketama::{self, MEMCACHED_PORT};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Decimal, Label, Points, check_total};
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Xmemcached KetamaMemcachedSessionLocator",
    versions: "2.4.10-SNAPSHOT (5d09c5d1)",
    about: "ring of 160 points a weight; a point that servers share chooses one by its value",
    options: &[
        OptionSpec::new(
            "hash",
            Accepts::Choice(&[
                "ketama",
                "native",
                "crc32",
                "fnv1-64",
                "fnv1a-64",
                "fnv1-32",
                "fnv1a-32",
                "mysql",
                "elf",
                "rs",
                "lua",
                "election",
                "one-at-a-time",
            ]),
            "ketama",
            "the HashAlgorithm",
        )
        .trying(&["native"]),
        OptionSpec::new(
            "labels",
            Accepts::Choice(&["java", "nginx", "gwhalin"]),
            "java",
            "java: the socket address; nginx: IP, and port unless 11211; gwhalin: host:port",
        ),
    ],
    capacities: |_| Capacities::Whole(1 << 20),
    order: |_| Order::Free,
    minimal: |options| match hash(options) {
        // So few values that servers share many.
        Hash::Plain(Hash32::Crc32Memcached) => Minimal::NEVER,
        _ => Minimal::ALWAYS,
    },
    proven: 28_790,
    ..SchemeEntry::new("xmemcached", build)
};

/// A hash of the client.
#[derive(Clone, Copy)]
enum Hash {
    Plain(Hash32),
    Election,
    OneAtATime,
    Own(&'static str, fn(&[u8]) -> u32),
}

/// Jenkins's, over bytes as they are.
fn one_at_a_time(key: &[u8]) -> u32 {
    let hash = key.iter().fold(0_u32, |hash, byte| {
        let hash = hash.wrapping_add((*byte).into());
        let hash = hash.wrapping_add(hash << 10);
        hash ^ hash >> 6
    });
    let hash = hash.wrapping_add(hash << 3);
    let hash = hash ^ hash >> 11;
    hash.wrapping_add(hash << 15)
}

fn hash(options: &Options<'_>) -> Hash {
    if options.choice("labels") == "gwhalin" {
        return Hash::Plain(Hash32::Md5);
    }
    match options.choice("hash") {
        "native" => Hash::Plain(Hash32::JavaNative),
        "crc32" => Hash::Plain(Hash32::Crc32Memcached),
        "fnv1-64" => Hash::Plain(Hash32::Utf16Fnv1_64),
        "fnv1a-64" => Hash::Plain(Hash32::Utf16Fnv1a_64),
        "fnv1-32" => Hash::Plain(Hash32::Utf16Fnv1_32),
        "fnv1a-32" => Hash::Plain(Hash32::Utf16Fnv1a_32),
        "mysql" => Hash::Own("mysql", own::mysql),
        "elf" => Hash::Own("elf", own::elf),
        "rs" => Hash::Own("rs", own::rs),
        "lua" => Hash::Own("lua", own::lua),
        "election" => Hash::Election,
        "one-at-a-time" => Hash::OneAtATime,
        _ => Hash::Plain(Hash32::Md5),
    }
}

impl Hash {
    fn of(self, key: &[u8]) -> u32 {
        match self {
            Self::Plain(hash) => hash.hash(key),
            Self::Election => md5::word0(key),
            Self::OneAtATime => one_at_a_time(key),
            Self::Own(_, hash) => hash(key),
        }
    }
}

/// A key's hash; how the client goes on after a closed session.
struct Keyed {
    hash: Hash,
    sessions: u32,
}

impl KeyHash for Keyed {
    type Position = u32;

    const RETRIES: bool = true;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        self.hash.of(key)
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        if let Hash::Plain(hash) = self.hash {
            return hash.hash_all(keys, out);
        }
        for (key, out) in keys.iter().zip(out) {
            *out = self.hash.of(key);
        }
    }

    fn again(&self, key: &[u8], attempt: u32, before: u32) -> Option<u32> {
        let text = || [Decimal::new(attempt.into()).as_bytes(), key].concat();
        (attempt <= self.sessions).then(|| before.wrapping_add(self.hash.of(&text())))
    }

    fn space(&self) -> Space {
        let named = |hash: String, size| Space { hash, size };
        match self.hash {
            Hash::Plain(hash) => Plain32(hash).space(),
            Hash::Election => Plain32(Hash32::Md5).space(),
            Hash::OneAtATime => named("one-at-a-time-unsigned".to_owned(), Some(1 << 32)),
            Hash::Own(name @ ("elf" | "rs"), _) => {
                named(format!("xmemcached-{name}"), Some(1 << 31))
            }
            Hash::Own(name, _) => named(format!("xmemcached-{name}"), Some(1 << 32)),
        }
    }
}

/// What Java writes of an address: IPv6 in full.
fn long(address: Ipv6Addr) -> String {
    let groups: Vec<String> = address.segments().iter().map(|group| format!("{group:x}")).collect();
    groups.join(":")
}

/// Java's text of a socket address, `name/10.0.0.1:80` or `/[0:…:1]:80`, in three
/// parts: name, IP and port.
fn java_parts(text: &str) -> Option<(&str, &str, &str)> {
    let (name, address) = text.split_once('/')?;
    let (ip, port) = address.rsplit_once(':')?;
    let ip = ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')).unwrap_or(ip);
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !ip.is_empty() && !ip.contains('/')).then_some((name, ip, port))
}

/// What stands before `-J` in a label.
fn text(server: &Server, labels: &str) -> Result<String, Error> {
    let elided = |ip: &str, port: &str| match port {
        "11211" => ip.to_owned(),
        port => format!("{ip}:{port}"),
    };
    if let Some(name) = server.name() {
        return Ok(match (labels, java_parts(name)) {
            ("nginx", Some((_, ip, port))) => elided(ip, port),
            ("gwhalin", Some(("", ip, port))) => format!("{ip}:{port}"),
            ("gwhalin", Some((host, _, port))) => format!("{host}:{port}"),
            _ => name.to_owned(),
        });
    }
    let port = server.port().unwrap_or(MEMCACHED_PORT);
    if labels == "gwhalin" {
        return Ok(format!("{}:{port}", server.host()));
    }
    // Java keeps an IPv4-mapped address as an IPv4 one.
    let address = server.host().parse::<IpAddr>().map(|address| address.to_canonical());
    Ok(match (address, labels) {
        (Ok(IpAddr::V4(address)), "java") => format!("/{address}:{port}"),
        (Ok(IpAddr::V6(address)), "java") => format!("/[{}]:{port}", long(address)),
        (Ok(IpAddr::V4(address)), _) => elided(&address.to_string(), &port.to_string()),
        (Ok(IpAddr::V6(address)), _) => elided(&long(address), &port.to_string()),
        (Err(_), _) => {
            return Err(Error::new(
                Kind::Server,
                format!(
                    "server {}: Xmemcached hashes the address that a host name resolves to; give \
                     Java's text of it as a name, such as {}/10.0.0.1:{port}",
                    quoted(&server.identity()),
                    server.host()
                ),
            ));
        }
    })
}

/// Adds the points of one server.
fn add(hash: Hash, label: &mut Label, count: u64, mut point: impl FnMut(u32, Option<u32>, &[u8])) {
    if let Hash::Plain(Hash32::Md5) = hash {
        return label.md5_all(count / 4, |label, digest| {
            for (word, position) in (0..).zip(digest) {
                point(position, Some(word), label);
            }
        });
    }
    for number in 0..count {
        let label = label.numbered(number);
        point(hash.of(label), None, label);
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    const POINTS: u64 = 160;
    let hash = hash(options);
    let weights = ketama::weights(servers);
    let counts: Vec<u64> = weights.iter().map(|weight| weight.saturating_mul(POINTS)).collect();
    check_total(options, counts.iter().copied())?;
    let mut texts = Vec::with_capacity(servers.len());
    for server in servers {
        texts.push(text(server, options.choice("labels"))?);
    }
    one_text_each(&texts)?;
    let losers = losers(hash, &texts, &counts);
    let mut points = Points::new(options);
    for ((owner, text), count) in (0_u32..).zip(&texts).zip(&counts) {
        let mut label = Label::new(format!("{text}-"));
        add(hash, &mut label, *count, |position, word, label| {
            if !losers.contains(&(position, owner)) {
                points.add_word(owner, position, word, label);
            }
        });
    }
    let sessions = u32::try_from(servers.len()).unwrap_or(u32::MAX);
    let rules = Rules::new(Seek::AtOrAfter, Shared::First);
    let place = points.ring(rules).with_order_matters(false);
    Ok(Box::new(Hashed { hash: Keyed { hash, sessions }, place }))
}

/// Refuses servers of one text: the client would take either.
fn one_text_each(texts: &[String]) -> Result<(), Error> {
    let mut sorted: Vec<&String> = texts.iter().collect();
    sorted.sort();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(Error::new(
            Kind::Duplicate,
            format!("scheme '{}': two servers have the one label {}", SCHEME.name, quoted(pair[0])),
        )),
    }
}

/// Positions that several servers have, with the servers that do not get them.
fn losers(hash: Hash, texts: &[String], counts: &[u64]) -> BTreeSet<(u32, u32)> {
    let mut all: Vec<(u32, u32)> = Vec::new();
    for ((owner, text), count) in (0_u32..).zip(texts).zip(counts) {
        let mut label = Label::new(format!("{text}-"));
        add(hash, &mut label, *count, |position, _, _| all.push((position, owner)));
    }
    all.sort_by_key(|point| point.0);
    let mut ranks: Vec<u32> = (0_u32..).zip(texts).map(|(owner, _)| owner).collect();
    // Java compares texts by their UTF-16 units.
    ranks.sort_by_cached_key(|owner| texts[*owner as usize].encode_utf16().collect::<Vec<_>>());
    let ranks: BTreeMap<u32, u32> = ranks.into_iter().zip(0..).collect();
    let mut losers = BTreeSet::new();
    for shared in all.chunk_by_mut(|one, other| one.0 == other.0) {
        if shared.len() < 2 {
            continue;
        }
        shared.sort_by_key(|point| ranks[&point.1]);
        let position = shared[0].0;
        let winner = shared[position as usize % shared.len()].1;
        losers.extend(shared.iter().filter(|point| point.1 != winner));
    }
    losers
}

#[cfg(test)]
mod tests {
    use super::{Server, java_parts, one_at_a_time, text};

    #[test]
    fn texts_of_java() {
        let of = |host: &str, port, labels| text(&Server::new(host, port), labels).unwrap();
        assert_eq!(of("10.0.0.1", 11211, "java"), "/10.0.0.1:11211");
        assert_eq!(of("::1", 11211, "java"), "/[0:0:0:0:0:0:0:1]:11211");
        assert_eq!(of("::1", 11212, "nginx"), "0:0:0:0:0:0:0:1:11212");
        assert_eq!(of("10.0.0.1", 11211, "nginx"), "10.0.0.1");
        assert_eq!(of("Cache", 11211, "gwhalin"), "Cache:11211");
        assert!(text(&Server::new("cache", 11211), "java").is_err());
        let named = Server::new("v6", 1).with_name("v6/[0:0:0:0:0:0:0:1]:11212");
        assert_eq!(text(&named, "java").unwrap(), "v6/[0:0:0:0:0:0:0:1]:11212");
        assert_eq!(text(&named, "nginx").unwrap(), "0:0:0:0:0:0:0:1:11212");
        assert_eq!(text(&named, "gwhalin").unwrap(), "v6:11212");
        assert_eq!(java_parts("/10.0.0.1:80"), Some(("", "10.0.0.1", "80")));
        assert_eq!(java_parts("plain:80"), None);
    }

    /// Jenkins's own: bytes are not signed.
    #[test]
    fn one_at_a_time_as_published() {
        assert_eq!(one_at_a_time(b"a"), 0xca2e_9442);
        assert_eq!(one_at_a_time(b"The quick brown fox jumps over the lazy dog"), 0x519e_91f5);
    }
}
