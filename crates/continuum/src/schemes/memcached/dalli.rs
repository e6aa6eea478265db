//! Dalli (Ruby).
//! Rule, quirks, versions and limits: `docs/schemes/dalli.md`.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::error::Error;
use crate::hash::digest::Digest;
use crate::hash::md5;
use crate::lanes::Hash32;
use crate::lanes::crc32;
use crate::placement::{Hashed, KeyHash, Placement, Rules, Seek, Shared, Space};
use crate::scheme::{Accepts, Advice, Capacities, Minimal, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::ketama::{self, MEMCACHED_PORT};
use crate::schemes::shared::points::{Decimal, Label, Points, check_total};
use crate::schemes::shared::starved::starved;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Dalli",
    versions: "3.0.6, 5.0.6",
    about: "SHA-1 ring of 160 points a server on average, last at or below",
    options: &[
        OptionSpec::new(
            "keys",
            Accepts::Choice(&["ring", "client"]),
            "ring",
            "ring: keys as they are; client: shortened above 250 characters, as Dalli::Client does",
        ),
        OptionSpec::new(
            "namespace",
            Accepts::Text(1024),
            "",
            "the client's namespace, without its colon; its keys are then the client's",
        ),
    ],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    minimal: |_| Minimal::NEVER,
    proven: 17_035,
    advice,
    ..SchemeEntry::new("dalli", build)
};

/// The first tries: the first look and 19 more.
const LOOKS: u32 = 20;

/// A key's CRC-32.
struct Plain;

impl KeyHash for Plain {
    type Position = u32;

    const RETRIES: bool = true;

    #[inline]
    fn hash(&self, key: &[u8]) -> u32 {
        crc32::update(0, key)
    }

    fn hash_all(&self, keys: &[&[u8]], out: &mut [u32]) {
        Hash32::Crc32.hash_all(keys, out);
    }

    fn again(&self, key: &[u8], attempt: u32, _before: u32) -> Option<u32> {
        (attempt < LOOKS).then(|| numbered(attempt, key))
    }

    fn space(&self) -> Space {
        Space { hash: "crc32".to_owned(), size: Some(1 << 32) }
    }
}

/// The CRC-32 of the number of a try before the key.
fn numbered(attempt: u32, key: &[u8]) -> u32 {
    let number = Decimal::new(u64::from(attempt) - 1);
    crc32::update(crc32::update(0, number.as_bytes()), key)
}

/// A key as `Dalli::Client` hashes it.
struct Client {
    /// The namespace and its colon.
    prefix: Box<str>,
}

/// Characters of a key that is sent as it is.
const LONGEST: usize = 250;

impl Client {
    /// The text that is hashed.
    fn text<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        let whole: Cow<'k, [u8]> = match self.prefix.len() {
            0 => Cow::Borrowed(key),
            _ => Cow::Owned([self.prefix.as_bytes(), key].concat()),
        };
        let text = str::from_utf8(&whole).ok();
        // A string that is not UTF-8 is one of bytes to the client.
        let characters = text.map_or(whole.len(), |text| text.chars().count());
        if characters <= LONGEST {
            return whole;
        }
        let mut tail = String::from(":md5:");
        for word in md5::words(&whole) {
            // Nothing is refused by a text that grows.
            let _ = write!(tail, "{:08x}", word.swap_bytes());
        }
        let most = LONGEST - usize::from(self.prefix.is_empty());
        let kept = most - tail.len();
        let end = match text {
            Some(text) => text.char_indices().nth(kept).map_or(text.len(), |(at, _)| at),
            None => kept,
        };
        Cow::Owned([&whole[..end], tail.as_bytes()].concat())
    }
}

impl KeyHash for Client {
    type Position = u32;

    const RETRIES: bool = true;

    fn hash(&self, key: &[u8]) -> u32 {
        // Bytes are no fewer than characters.
        if self.prefix.len() + key.len() <= LONGEST {
            return crc32::update(crc32::update(0, self.prefix.as_bytes()), key);
        }
        crc32::update(0, &self.text(key))
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        self.text(key)
    }

    fn again(&self, key: &[u8], attempt: u32, _before: u32) -> Option<u32> {
        (attempt < LOOKS).then(|| numbered(attempt, &self.text(key)))
    }

    fn space(&self) -> Space {
        let hash = match &*self.prefix {
            "" => "crc32;dalli-client".to_owned(),
            prefix => format!("crc32;dalli-client;namespace={prefix}"),
        };
        Space { hash, size: Some(1 << 32) }
    }
}

fn name(server: &Server) -> String {
    match (server.name(), server.port()) {
        (Some(name), _) => name.to_owned(),
        (None, _) if server.is_unix_socket() => server.host().to_owned(),
        (None, port) => format!("{}:{}", server.host(), port.unwrap_or(MEMCACHED_PORT)),
    }
}

/// `((servers * 160 * weight) / Float(total)).floor`
fn points_of(weight: u64, total: u64, servers: usize) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as the program counts; from 0 up, and what is too large is refused"
    )]
    let count = if total == 0 {
        0
    } else {
        ((servers as u128 * 160 * u128::from(weight)) as f64 / total as f64).floor() as u64
    };
    count
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let weights = ketama::weights(servers);
    let total = ketama::total(SCHEME.name, &weights, u64::MAX)?;
    let count =
        |server: &Server| points_of(server.capacity().whole().unwrap_or(0), total, servers.len());
    check_total(options, servers.iter().map(count))?;
    let mut points = Points::new(options);
    points.each(servers, count, |points, owner, server, count| {
        let mut label = Label::new(format!("{}:", name(server)));
        for number in 0..count {
            let label = label.numbered(number);
            points.add(owner, Digest::Sha1.of(label).first_word(), label);
        }
        Ok(())
    })?;
    let place = points.ring(Rules::new(Seek::AtOrBefore, Shared::Last));
    let namespace = options.text("namespace");
    if namespace.is_empty() && options.choice("keys") == "ring" {
        return Ok(Box::new(Hashed { hash: Plain, place }));
    }
    let prefix = if namespace.is_empty() { String::new() } else { format!("{namespace}:") };
    Ok(Box::new(Hashed { hash: Client { prefix: prefix.into() }, place }))
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let weights = ketama::weights(servers);
    let total = weights.iter().fold(0_u64, |sum, weight| sum.saturating_add(*weight));
    starved(servers, |server| {
        points_of(server.capacity().whole().unwrap_or(0), total, servers.len())
    })
}

#[cfg(test)]
mod tests {
    use super::{Client, Server, name, points_of};

    #[test]
    fn names() {
        for (server, text) in [
            (Server::new("10.0.0.1", 11212), "10.0.0.1:11212"),
            (Server::without_port("cache"), "cache:11211"),
            (Server::new("::1", 11211), "::1:11211"),
            (Server::without_port("/run/mc.sock"), "/run/mc.sock"),
        ] {
            assert_eq!(name(&server), text);
        }
    }

    #[test]
    fn shares_round_down() {
        assert_eq!((points_of(1, 3, 3), points_of(1, 1006, 4), points_of(0, 0, 1)), (160, 0, 0));
    }

    #[test]
    fn long_keys_are_cut_by_characters() {
        let client = |prefix: &str| Client { prefix: prefix.into() };
        let hashed = |prefix, key: &[u8]| client(prefix).text(key).into_owned();
        let fits = "\u{1f600}".repeat(250);
        assert_eq!(hashed("", fits.as_bytes()), fits.as_bytes());
        let long = hashed("", &[b'k'; 251]);
        assert_eq!((long.len(), &long[..213]), (249, &[&[b'k'; 212][..], b":"].concat()[..]));
        // MD5 of 251 times "k".
        assert!(long.ends_with(b":md5:f0506ef804c48c4c4a9816dcef0b6091"));
        assert_eq!(hashed("app:", &[b'k'; 251]).len(), 250);
        assert_eq!(hashed("app:", b"key"), b"app:key");
        assert_eq!(hashed("", &[0xff; 251]).len(), 249);
    }
}
