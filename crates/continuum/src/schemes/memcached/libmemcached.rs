//! libmemcached and what is built on it: pylibmc, php-memcached, the Ruby gem.
//! Rule, quirks, versions and limits: `docs/schemes/libmemcached.md`.
//!
//! Nobody asks for weighted points alone: they come with KETAMA_WEIGHTED, and with any
//! server of weight above 1 that is added after the distribution was chosen.
//! [`Behaviors`](crate::compat::libmemcached::Behaviors) follows the calls.

use std::borrow::Cow;

use crate::schemes::prelude::*;
use crate::schemes::shared::ketama::{self, MEMCACHED_PORT};
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::schemes::shared::words::Words;

/// The words for a hash, in the order of libmemcached's numbers for them.
const HASH: Words<Hash32, 11> = Words([
    ("default", Hash32::OneAtATime),
    ("md5", Hash32::Md5),
    ("crc", Hash32::Crc32Memcached),
    ("fnv1_64", Hash32::Fnv1_64),
    ("fnv1a_64", Hash32::Fnv1a_64),
    ("fnv1_32", Hash32::Fnv1_32),
    ("fnv1a_32", Hash32::Fnv1a_32),
    ("hsieh", Hash32::Hsieh),
    ("murmur", Hash32::Murmur2Memcached),
    ("jenkins", Hash32::Lookup3),
    ("murmur3", Hash32::Murmur3Memcached),
]);

/// The same without what they stand for.
pub(crate) const HASHES: &[&str] = &HASH.list();

/// `same`, and the words for a hash.
const POINT_HASHES: &[&str] = &{
    let mut words = ["same"; HASHES.len() + 1];
    let mut at = 0;
    while at < HASHES.len() {
        words[at + 1] = HASHES[at];
        at += 1;
    }
    words
};

/// The longest prefix: a longer one leaves no room for a key.
pub(crate) const MOST_PREFIX: usize = 250;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "libmemcached",
    versions: "1.0.16, 1.1.4",
    about: "modula, or a ring of 100 hashed points a server, or of 160 MD5 points by weight",
    options: &[
        OptionSpec::choice(
            "distribution",
            &["modula", "consistent", "ketama", "ketama-weighted", "spy", "spy-weighted"],
            "BEHAVIOR_DISTRIBUTION; consistent and ketama are one",
        )
        .trying(&["ketama", "ketama-weighted", "spy", "spy-weighted"]),
        OptionSpec::choice("hash", HASHES, "BEHAVIOR_HASH, of keys"),
        OptionSpec::choice(
            "point-hash",
            POINT_HASHES,
            "the hash when the unweighted ring was built, if another was set since",
        )
        .trying(&["default"]),
        OptionSpec::choice(
            "order",
            &["before", "after"],
            "when the distribution was chosen: before the servers were added, so that a weight \
             above 1 makes the ring weighted, or after, which drops the weights",
        )
        .trying(&[]),
        OptionSpec::new(
            "prefix",
            Accepts::Text(MOST_PREFIX),
            "",
            "the namespace, where HASH_WITH_PREFIX_KEY has it hashed",
        ),
    ],
    capacities,
    order: |options| match options.choice("distribution") {
        "modula" => Order::Positional,
        _ => Order::Ties,
    },
    minimal: |options| match (options.choice("distribution"), capacities(options)) {
        ("modula", _) => Minimal { weight: true, ..Minimal::NEVER },
        (_, Capacities::Ignored) => Minimal::ALWAYS,
        // Weighted, or all at once when the first weight above 1 comes.
        _ => Minimal::NEVER,
    },
    proven: 1_089_347,
    advice,
    ..SchemeEntry::new("libmemcached", build)
};

fn capacities(options: &Options<'_>) -> Capacities {
    match (options.choice("distribution"), options.choice("order")) {
        ("modula", _) | ("consistent" | "ketama" | "spy", "after") => Capacities::Ignored,
        _ => Capacities::WholeZeroIsOne(u32::MAX as u64),
    }
}

/// Whether the ring has MD5 points by weight.
fn weighted(options: &Options<'_>, servers: &[Server]) -> bool {
    match options.choice("distribution") {
        "ketama-weighted" | "spy-weighted" => true,
        "modula" => false,
        _ => {
            options.choice("order") == "before"
                && servers.iter().any(|server| server.capacity() > Capacity::ONE)
        }
    }
}

/// The label without `-J`.
fn name(server: &Server, spy: bool) -> String {
    let port = match server.port() {
        _ if server.is_unix_socket() => 0,
        None | Some(0) => MEMCACHED_PORT,
        Some(port) => port,
    };
    match (server.name(), spy) {
        (Some(name), true) => format!("/{name}"),
        (Some(name), false) => name.to_owned(),
        (None, true) => format!("/{}:{port}", server.host()),
        (None, false) => ketama::elided(server.host(), port),
    }
}

/// A key behind a prefix, in libmemcached's buffer of 251 bytes.
struct Prefixed {
    hash: Hash32,
    prefix: Box<[u8]>,
}

impl Prefixed {
    fn write<'t>(&self, key: &[u8], text: &'t mut [u8; MOST_PREFIX]) -> Option<&'t [u8]> {
        let length = self.prefix.len() + key.len();
        let text = text.get_mut(..length)?;
        let (prefix, rest) = text.split_at_mut(self.prefix.len());
        prefix.copy_from_slice(&self.prefix);
        // strncpy ends at a NUL and fills up with NULs.
        for (byte, key) in rest.iter_mut().zip(key.iter().take_while(|byte| **byte != 0)) {
            *byte = *key;
        }
        Some(text)
    }
}

impl KeyHash for Prefixed {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        let mut text = [0; MOST_PREFIX];
        self.write(key, &mut text).map_or(0, |text| self.hash.hash(text))
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        // As many as a vector of lanes holds.
        const GROUP: usize = 16;
        for (keys, out) in keys.chunks(GROUP).zip(out.chunks_mut(GROUP)) {
            let mut buffers = [[0; MOST_PREFIX]; GROUP];
            let mut texts: [&[u8]; GROUP] = [&[]; GROUP];
            let mut dropped = [false; GROUP];
            for (lane, (key, buffer)) in keys.iter().zip(&mut buffers).enumerate() {
                match self.write(key, buffer) {
                    Some(text) => texts[lane] = text,
                    None => dropped[lane] = true,
                }
            }
            self.hash.hash_all(&texts[..keys.len()], out);
            for (out, dropped) in out.iter_mut().zip(dropped) {
                if dropped {
                    *out = 0;
                }
            }
        }
    }

    /// Nothing where the program hashes nothing, prefix and key being too long.
    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let mut text = [0; MOST_PREFIX];
        Cow::Owned(self.write(key, &mut text).unwrap_or_default().to_vec())
    }

    fn space(&self) -> Space {
        ketama::space(self.hash, &format!(";libmemcached-prefix={:02x?}", self.prefix))
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let hash = HASH.chosen(options, "hash");
    let prefix = options.text("prefix").as_bytes();
    if prefix.is_empty() {
        place(Plain32(hash), options, servers)
    } else {
        place(Prefixed { hash, prefix: prefix.into() }, options, servers)
    }
}

fn place<H: KeyHash<Position = u32> + 'static>(
    hash: H,
    options: &Options<'_>,
    servers: &[Server],
) -> Result<Box<dyn Placement>, Error> {
    if options.choice("distribution") == "modula" {
        let owners = (0_u32..).zip(servers).map(|(owner, _)| owner).collect();
        return Ok(Box::new(Hashed { hash, place: Slots::new(owners, servers.len() > 1) }));
    }
    let points = points(options, servers)?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash, place: points.ring(rules) }))
}

fn points<'t>(options: &Options<'t>, servers: &[Server]) -> Result<Points<'t, u32>, Error> {
    const UNWEIGHTED: u64 = 100;
    let spy = options.choice("distribution").starts_with("spy");
    let mut points = Points::new(options);
    if weighted(options, servers) {
        let mut weights = ketama::weights(servers);
        for weight in &mut weights {
            *weight = (*weight).max(1);
        }
        let total = ketama::total(SCHEME.name, &weights, u64::MAX)?;
        let labels = |weight: &u64| ketama::labels(*weight, total, servers.len());
        check_total(options, weights.iter().map(|weight| labels(weight).saturating_mul(4)))?;
        let count = |server: &Server| {
            labels(&server.capacity().whole().unwrap_or(0).max(1)).saturating_mul(4)
        };
        points.each(servers, count, |points, owner, server, count| {
            ketama::add_points(points, owner, &name(server, spy), count / 4, 4);
            Ok(())
        })?;
    } else {
        check_total(options, servers.iter().map(|_| UNWEIGHTED))?;
        let same = options.choice("point-hash") == "same";
        let hash = HASH.chosen(options, if same { "hash" } else { "point-hash" });
        points.each(
            servers,
            |_| UNWEIGHTED,
            |points, owner, server, count| {
                let mut label = Label::new(format!("{}-", name(server, spy)));
                for number in 0..count {
                    let label = label.numbered(number);
                    points.add(owner, hash.hash(label), label);
                }
                Ok(())
            },
        )?;
    }
    Ok(points)
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let mut all = Vec::new();
    let distribution = options.choice("distribution");
    let zeros = servers.iter().filter(|server| server.capacity() == Capacity::ZERO).count();
    if zeros > 0 && capacities(options) != Capacities::Ignored {
        all.push(Advice::new(
            Topic::Capacity,
            format!(
                "libmemcached counts weight 0 as 1: {zeros} of {} servers have it and own keys; \
                 to drain a server leave it out",
                servers.len()
            ),
        ));
    }
    if distribution.starts_with("spy") && servers.len() > 1 {
        all.push(Advice::new(
            Topic::Differs,
            "libmemcached's spy is not the ring of spymemcached, which has no '/' before its \
             labels: for that use scheme 'spymemcached'",
        ));
    }
    let narrow_points =
        !weighted(options, servers) && matches!(options.choice("point-hash"), "same" | "crc");
    if options.choice("hash") == "crc"
        && distribution != "modula"
        && !narrow_points
        && servers.len() > 1
    {
        all.push(Advice::new(
            Topic::Uneven,
            "one server owns nearly every key: 'crc' keeps 15 bits, but the points have 32; use \
             another hash, or distribution=modula",
        ));
    }
    all
}
