//! twemproxy (nutcracker).
//! Rule, quirks, versions and limits: `docs/schemes/twemproxy.md`.

use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::parted::{Cut, Parted};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};
use crate::schemes::shared::tags::Tag;
use crate::schemes::shared::words::Words;

const HASHES: Words<Hash32, 12> = Words([
    ("fnv1a_64", Hash32::Fnv1a_64),
    ("one_at_a_time", Hash32::OneAtATime),
    ("md5", Hash32::Md5),
    ("crc16", Hash32::Crc16Twemproxy),
    ("crc32", Hash32::Crc32Memcached),
    ("crc32a", Hash32::Crc32),
    ("fnv1_64", Hash32::Fnv1_64),
    ("fnv1_32", Hash32::Fnv1_32),
    ("fnv1a_32", Hash32::Fnv1a_32),
    ("hsieh", Hash32::Hsieh),
    ("murmur", Hash32::Murmur2Memcached),
    ("jenkins", Hash32::Lookup3),
]);

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["nutcracker"],
    program: "twemproxy",
    versions: "0.5.0",
    about: "MD5 ring of 160 points a server on average, or modula, over servers sorted by name",
    options: &[
        OptionSpec::choice("distribution", &["ketama", "modula"], "the pool's distribution"),
        OptionSpec::choice("hash", const { &HASHES.list() }, "the pool's hash, of keys"),
        OptionSpec::new(
            "hash-tag",
            Accepts::Text(2),
            "",
            "the pool's hash_tag: two bytes, or none",
        )
        .trying_tags(&["{}"]),
    ],
    capacities: |_| Capacities::Whole(i32::MAX as u64),
    order: |_| Order::Free,
    minimal: |_| Minimal::NEVER,
    proven: 278_776,
    advice,
    ..SchemeEntry::new("twemproxy", build)
};

/// The two bytes that enclose the part of a key that is hashed, if any.
struct HashTag(Option<[u8; 2]>);

impl Cut for HashTag {
    #[inline]
    fn part<'k>(&self, key: &'k [u8]) -> &'k [u8] {
        let enclosed = || {
            let [open, close] = self.0?;
            let from = key.iter().position(|byte| *byte == open)? + 1;
            let length = key[from..].iter().position(|byte| *byte == close)?;
            (length > 0).then(|| &key[from..from + length])
        };
        enclosed().unwrap_or(key)
    }

    fn rule(&self) -> String {
        match self.0 {
            None => String::new(),
            Some([b'{', b'}']) => Tag::RedisCluster.rule().to_owned(),
            Some(tag) => format!(";tag={tag:02x?}"),
        }
    }
}

/// The hash, but 0 of the empty key: a space is that of all others.
struct EmptyIsZero(Hash32);

impl KeyHash for EmptyIsZero {
    type Position = u32;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        if key.is_empty() { 0 } else { self.0.hash(key) }
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        self.0.hash_all(keys, out);
        for (key, out) in keys.iter().zip(out) {
            if key.is_empty() {
                *out = 0;
            }
        }
    }

    fn space(&self) -> Space {
        Plain32(self.0).space()
    }
}

/// What twemproxy sorts by and hashes.
fn name(server: &Server) -> Result<String, Error> {
    if let Some(alias) = server.name() {
        return Ok(alias.to_owned());
    }
    if server.is_unix_socket() {
        return Ok(format!("{}:", server.host()));
    }
    Ok(ketama::elided(server.host(), ketama::port(SCHEME.name, server)?))
}

/// Name, number in the list and weight, in the pool's order.
fn sorted(servers: &[Server]) -> Result<Vec<(String, u32, u64)>, Error> {
    let mut pool = Vec::with_capacity(servers.len());
    for ((owner, server), weight) in (0_u32..).zip(servers).zip(ketama::weights(servers)) {
        pool.push((name(server)?, owner, weight));
    }
    pool.sort_by(|a, b| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)));
    if let Some(pair) = pool.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Error::new(
            Kind::Duplicate,
            format!("scheme '{}': two servers are named {}", SCHEME.name, quoted(&pair[0].0)),
        ));
    }
    Ok(pool)
}

fn tag(options: &Options<'_>) -> Result<Option<[u8; 2]>, Error> {
    match *options.text("hash-tag").as_bytes() {
        [] => Ok(None),
        [open, close] => Ok(Some([open, close])),
        _ => Err(Error::new(
            Kind::Scheme,
            format!("scheme '{}': option 'hash-tag' is two bytes, as {{}}", SCHEME.name),
        )),
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = EmptyIsZero(HASHES.chosen(options, "hash"));
    let hash = Parted { cut: HashTag(tag(options)?), hash };
    let pool = sorted(servers)?;
    let weights: Vec<u64> = pool.iter().map(|server| server.2).collect();
    let total = ketama::total(SCHEME.name, &weights, u32::MAX as u64)?;
    if options.choice("distribution") == "modula" {
        check_total(options, weights)?;
        let mut owners = Vec::new();
        for (_, owner, weight) in pool {
            owners.extend((0..weight).map(|_| owner));
        }
        return Ok(Box::new(Hashed { hash, place: Slots::new(owners, false) }));
    }
    let labels = |weight: u64| ketama::labels(weight, total, servers.len());
    check_total(options, weights.iter().map(|weight| labels(*weight).saturating_mul(4)))?;
    let mut points = Points::new(options);
    for (name, owner, weight) in pool {
        ketama::add_points(&mut points, owner, &name, labels(weight), 4);
    }
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash, place: points.ring(rules).with_order_matters(false) }))
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let narrow = options.choice("hash") == "crc32" && options.choice("distribution") == "ketama";
    if !narrow || servers.len() < 2 {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Uneven,
        "one server owns nearly every key: 'crc32' keeps 15 bits, but the points have 32; \
         'crc32a' keeps all",
    )]
}

#[cfg(test)]
mod tests {
    use super::{Cut as _, HashTag, Server, name, sorted};

    #[test]
    fn names_and_their_order() {
        let servers = [
            Server::new("10.0.0.10", 11211),
            Server::new("::1", 22121),
            Server::without_port("/run/mc.sock"),
            Server::new("10.0.0.2", 11211),
            Server::new("10.0.0.1", 1).with_name("z"),
        ];
        assert_eq!(name(&servers[2]).unwrap(), "/run/mc.sock:");
        let names: Vec<String> =
            sorted(&servers).unwrap().into_iter().map(|server| server.0).collect();
        assert_eq!(names, ["z", "10.0.0.2", "10.0.0.10", "::1:22121", "/run/mc.sock:"]);
        let twice = [Server::new("a", 11211), Server::new("b", 1).with_name("a")];
        assert!(sorted(&twice).unwrap_err().is_duplicate());
    }

    #[test]
    fn tags() {
        let tagged = HashTag(Some(*b"{}"));
        for (key, part) in [
            ("{user}:1", "user"),
            ("a{b}c{d}", "b"),
            ("{}x{y}", "{}x{y}"),
            ("}{a}", "a"),
            ("{a", "{a"),
            ("a}", "a}"),
            ("{{a}}", "{a"),
        ] {
            assert_eq!(tagged.part(key.as_bytes()), part.as_bytes(), "{key}");
        }
        let same = HashTag(Some(*b"$$"));
        assert_eq!(same.part(b"x$ab$y"), b"ab");
        assert_eq!(same.part(b"x$$y"), b"x$$y");
    }
}
