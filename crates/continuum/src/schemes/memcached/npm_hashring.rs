//! hashring and memcached of npm (Node.js).
//! Rule, quirks, versions and limits: `docs/schemes/npm-hashring.md` and
//! `docs/schemes/npm-memcached.md`.

use std::borrow::Cow;

use crate::error::{Error, Kind, quoted};
use crate::hash::digest::Digest;
use crate::lanes::Hash32;
use crate::placement::{Hashed, KeyHash, Place as _, Placement, Rules, Seek, Shared, Space};
use crate::scheme::{Accepts, Advice, Capacities, Minimal, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::ketama::MEMCACHED_PORT;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::schemes::shared::starved::starved;
use crate::server::{Capacity, Server};

const DIGESTS: &[&str] =
    &["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "blake2b512"];

pub(crate) static HASHRING: SchemeEntry = SchemeEntry {
    program: "npm hashring",
    versions: "3.2.0",
    about: "MD5 ring of 160 points a server on average, by weight in doubles",
    options: &[
        OptionSpec::new(
            "vnodes",
            Accepts::Whole(1, 1 << 20),
            "40",
            "'vnode count': labels of a server of average weight",
        )
        .trying(&[]),
        OptionSpec::new(
            "replicas",
            Accepts::Whole(1, 16),
            "4",
            "points a label; 3: compatibility hash_ring",
        )
        .trying(&["3"]),
        OptionSpec::new(
            "default_port",
            Accepts::Whole(0, 65_535),
            "0",
            "'default port': left out of labels; 0: none",
        )
        .trying(&["11211"]),
        OptionSpec::new("hash", Accepts::Choice(DIGESTS), "md5", "the algorithm").trying(&["sha1"]),
    ],
    capacities: |_| Capacities::ZeroIs(1),
    minimal: |_| Minimal::NEVER,
    proven: 15_189,
    advice: |options, servers| Ring::of_hashring(options).advice(servers),
    ..SchemeEntry::new("npm-hashring", |options, servers| {
        Ring::of_hashring(options).build(options, servers, "")
    })
};

pub(crate) static MEMCACHED: SchemeEntry = SchemeEntry {
    program: "npm memcached",
    versions: "2.2.2 with hashring 3.2.0",
    about: "npm hashring's ring, port 11211 left out of labels",
    options: &[
        OptionSpec::new(
            "compatibility",
            Accepts::Choice(&["ketama", "hash_ring", "none"]),
            "ketama",
            "the client's option of that name; none: without it",
        ),
        OptionSpec::new("algorithm", Accepts::Choice(DIGESTS), "md5", "the client's algorithm")
            .trying(&[]),
        OptionSpec::new(
            "namespace",
            Accepts::Text(1024),
            "",
            "the client's namespace, hashed before the key",
        ),
    ],
    capacities: |_| Capacities::ZeroIs(1),
    minimal: |_| Minimal::NEVER,
    proven: 5_250,
    advice: |options, servers| Ring::of_memcached(options).advice(servers),
    ..SchemeEntry::new("npm-memcached", |options, servers| {
        Ring::of_memcached(options).build(options, servers, options.text("namespace"))
    })
};

/// What makes the points of a ring.
struct Ring {
    vnodes: u64,
    replicas: usize,
    default_port: u16,
    digest: Digest,
}

/// How many labels each server has.
struct Counts {
    vnodes: u64,
    total: f64,
    servers: f64,
}

/// A weight of 0 is none, which is 1.
fn weight(server: &Server) -> f64 {
    match server.capacity() {
        Capacity::ZERO => 1.0,
        capacity => capacity.get(),
    }
}

/// A server's own `vnodes`.
fn own_vnodes(server: &Server) -> Result<Option<u64>, Error> {
    let Some(text) = server.hash_key() else { return Ok(None) };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let own = text.parse::<u64>().ok().filter(|_| digits);
    own.map(|own| Some(own).filter(|own| *own != 0)).ok_or_else(|| {
        Error::new(
            Kind::Server,
            format!(
                "server {}: its hash key {} is no number of vnodes",
                quoted(&server.identity()),
                quoted(text)
            ),
        )
    })
}

impl Counts {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "as the program counts, from 0 up; what is too large is refused"
    )]
    fn of(&self, server: &Server) -> u64 {
        match own_vnodes(server) {
            Ok(Some(own)) if own != self.vnodes => own,
            _ => {
                let share = weight(server) / self.total;
                (share * self.vnodes as f64 * self.servers).floor() as u64
            }
        }
    }
}

/// What JavaScript's `Number` makes of a text, if that is a number.
fn js_number(text: &str) -> Option<f64> {
    // What JavaScript trims beyond what Rust calls white space.
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let radix = |prefixes: [&str; 2], radix| {
        let digits = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))?;
        u64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))
    };
    let whole = radix(["0x", "0X"], 16).or(radix(["0o", "0O"], 8)).or(radix(["0b", "0B"], 2));
    #[expect(clippy::cast_precision_loss, reason = "as JavaScript rounds it")]
    if let Some(whole) = whole {
        return Some(whole as f64);
    }
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    match text {
        "" => Some(0.0),
        _ => text.parse().ok().filter(|_| text.bytes().all(plain)),
    }
}

impl Ring {
    fn of_hashring(options: &Options<'_>) -> Self {
        Self {
            vnodes: options.whole("vnodes"),
            replicas: options.whole32("replicas") as usize,
            default_port: u16::try_from(options.whole("default_port")).unwrap_or(0),
            digest: Digest::named(options.choice("hash")).unwrap_or(Digest::Md5),
        }
    }

    fn of_memcached(options: &Options<'_>) -> Self {
        let compatibility = options.choice("compatibility");
        Self {
            vnodes: 40,
            replicas: if compatibility == "hash_ring" { 3 } else { 4 },
            default_port: if compatibility == "ketama" { MEMCACHED_PORT } else { 0 },
            digest: Digest::named(options.choice("algorithm")).unwrap_or(Digest::Md5),
        }
    }

    /// The label without `-J`.
    fn label<'s>(&self, server: &'s Server) -> Cow<'s, str> {
        let text = server.label();
        let mut pieces = text.split(':');
        let (host, port) = (pieces.next().unwrap_or_default(), pieces.next());
        let default = f64::from(self.default_port);
        let is_default = |port| js_number(port).is_some_and(|port| port == default);
        if self.default_port != 0 && port.is_some_and(is_default) {
            return Cow::Owned(host.to_owned());
        }
        text
    }

    #[expect(clippy::cast_precision_loss, reason = "as the program counts")]
    fn counts(&self, servers: &[Server]) -> Counts {
        let total = servers.iter().map(weight).fold(0.0, |sum, weight| sum + weight);
        Counts { vnodes: self.vnodes, total, servers: servers.len() as f64 }
    }

    fn build(
        &self,
        options: &Options<'_>,
        servers: &[Server],
        namespace: &str,
    ) -> Result<Box<dyn Placement>, Error> {
        for server in servers {
            own_vnodes(server)?;
        }
        let counts = self.counts(servers);
        let replicas = self.replicas as u64;
        let each = |server: &Server| counts.of(server).saturating_mul(replicas);
        check_total(options, servers.iter().map(each))?;
        let mut points = Points::new(options);
        points.each(servers, each, |points, owner, server, count| {
            let mut label = Label::new(format!("{}-", self.label(server)));
            if self.digest == Digest::Md5 {
                label.md5_all(count / replicas, |label, digest| {
                    let words = digest.into_iter().chain(std::iter::repeat(0));
                    points.add_words(owner, words.take(self.replicas), label);
                });
                return Ok(());
            }
            for number in 0..count / replicas {
                let label = label.numbered(number);
                let digest = self.digest.of(label);
                points.add_words(owner, (0..self.replicas).map(|word| digest.word(word)), label);
            }
            Ok(())
        })?;
        let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::Keep));
        // A sum of fractions depends on their order, and a count on the sum.
        let fractions = servers.iter().any(|server| server.capacity().whole().is_none());
        let order_matters = place.order_matters() || fractions && servers.len() > 2;
        let place = place.with_order_matters(order_matters);
        Ok(match (self.digest, namespace) {
            (Digest::Md5, "") => Box::new(Hashed { hash: Plain32(Hash32::Md5), place }),
            (digest, namespace) => {
                let hash = Digested { digest, namespace: namespace.into() };
                Box::new(Hashed { hash, place })
            }
        })
    }

    fn advice(&self, servers: &[Server]) -> Vec<Advice> {
        let counts = self.counts(servers);
        starved(servers, |server| counts.of(server))
    }
}

/// The first word of the digest of namespace and key.
struct Digested {
    digest: Digest,
    namespace: Box<str>,
}

impl KeyHash for Digested {
    type Position = u32;

    fn hash(&self, key: &[u8]) -> u32 {
        self.digest.of(&self.hashed(key)).word(0)
    }

    fn hashed<'k>(&self, key: &'k [u8]) -> Cow<'k, [u8]> {
        match &*self.namespace {
            "" => Cow::Borrowed(key),
            namespace => Cow::Owned([namespace.as_bytes(), key].concat()),
        }
    }

    fn space(&self) -> Space {
        let name = self.digest.name();
        let hash = match &*self.namespace {
            "" => format!("{name}-word0"),
            namespace => format!("{name}-word0;namespace={namespace}"),
        };
        Space { hash, size: Some(1 << 32) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Digest, Ring, Server, js_number};

    const RING: Ring = Ring { vnodes: 40, replicas: 4, default_port: 11211, digest: Digest::Md5 };

    #[test]
    fn numbers_of_javascript() {
        for (text, number) in [
            ("11211", 11211.0),
            ("011211", 11211.0),
            (" 11211.0\t", 11211.0),
            ("1.1211e4", 11211.0),
            ("0x2bcb", 11211.0),
            ("", 0.0),
        ] {
            assert_eq!(js_number(text), Some(number), "{text:?}");
        }
        for text in ["11211x", "inf", "NaN", "1_1", "0x", "0x+1", "--1"] {
            assert_eq!(js_number(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_default_port_is_left_out() {
        for (text, label) in [
            ("a:11211", "a"),
            ("a:11212", "a:11212"),
            ("a", "a"),
            ("[::1]:11211", "[::1]:11211"),
            ("fe80:11211::7", "fe80"),
            ("10.0.0.1:011211", "10.0.0.1"),
            ("/tmp/x.sock", "/tmp/x.sock"),
        ] {
            assert_eq!(RING.label(&Server::without_port("h").with_name(text)), label);
        }
    }

    /// As the program counts them: 39 of 40 where doubles fall short.
    #[test]
    fn equal_servers_may_fall_short() {
        let short: Vec<usize> = (1..=200)
            .filter(|count| {
                let servers: Vec<Server> = (0..*count).map(|_| Server::new("a", 1)).collect();
                RING.counts(&servers).of(&servers[0]) == 39
            })
            .collect();
        assert_eq!(short, [7, 14, 28, 49, 56, 98, 103, 112, 141, 147, 161, 196]);
    }
}
