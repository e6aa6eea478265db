//! nginx: `hash key consistent` and plain `hash key` of an upstream block.
//! Rule, quirks, versions and limits: `docs/schemes/nginx.md`.

use std::borrow::Cow;

use crate::hash::crc32::chain;
use crate::lanes::crc32;
use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Decimal, Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "nginx",
    versions: "1.22.1",
    about: "CRC-32 ring of 160 points a unit of weight: hash … consistent",
    options: &[OptionSpec::new(
        "consistent",
        Accepts::Switch,
        "on",
        "whether the hash directive says consistent",
    )],
    capacities: |_| Capacities::Whole(u32::MAX as u64),
    order: |options| {
        if options.switch("consistent") { Order::Ties } else { Order::Positional }
    },
    minimal: |options| {
        if options.switch("consistent") { Minimal::ALWAYS } else { Minimal::NEVER }
    },
    proven: 79_832,
    advice,
    ..SchemeEntry::new("nginx", build)
};

/// Points a unit of weight.
const POINTS: u64 = 160;
/// The values that 15 bits take.
const PLAIN_VALUES: u64 = 1 << 15;

fn weight(server: &Server) -> u64 {
    // The build has refused what is not whole.
    server.capacity().whole().unwrap_or(0)
}

/// The text behind `server` in the configuration.
fn text(server: &Server) -> Cow<'_, str> {
    match server.name() {
        Some(name) => Cow::Borrowed(name),
        None if server.is_unix_socket() => Cow::Owned(format!("unix:{}", server.host())),
        None => server.address(),
    }
}

/// Host and port, as nginx cuts the text.
fn split(text: &str) -> (&[u8], &[u8]) {
    let text = text.as_bytes();
    if let Some((scheme, path)) = text.split_at_checked(5)
        && scheme.eq_ignore_ascii_case(b"unix:")
    {
        return (path, b"");
    }
    match text.iter().rposition(|byte| *byte == b':') {
        Some(colon) if text[colon + 1..].iter().all(u8::is_ascii_digit) => {
            (&text[..colon], &text[colon + 1..])
        }
        _ => (text, b""),
    }
}

/// The CRC of host, a zero byte and port.
fn base(server: &Server) -> u32 {
    let of =
        |host: &[u8], port: &[u8]| crc32::update(crc32::update(crc32::crc32(host), b"\0"), port);
    match (server.name(), server.port()) {
        // Nothing to cut: the text need not be written.
        (None, Some(port)) if is_plain(server.host()) => {
            of(server.host().as_bytes(), Decimal::new(port.into()).as_bytes())
        }
        _ => {
            let text = text(server);
            let (host, port) = split(&text);
            of(host, port)
        }
    }
}

/// Whether a host stands in the text as it is, and the text is cut behind it.
fn is_plain(host: &str) -> bool {
    !host.contains(['/', ':']) && !host.eq_ignore_ascii_case("unix")
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    if !options.switch("consistent") {
        return Ok(Box::new(Plain::new(servers)));
    }
    check_total(options, servers.iter().map(|server| weight(server) * POINTS))?;
    let mut points = Points::new(options);
    points.each(
        servers,
        |server| weight(server) * POINTS,
        |points, owner, server, count| {
            let name = |number| format!("{} point {number}", text(server));
            points.add_run(owner, count, |run| chain(base(server), run), name);
            Ok(())
        },
    )?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::First);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Crc32), place: points.ring(rules) }))
}

/// The map of plain `hash`: the servers side by side, each as wide as its
/// weight.
struct Plain {
    /// Where each server ends.
    ends: Box<[u64]>,
    /// The sum of weights, or 1 if it is 0.
    total: u64,
}

impl Plain {
    const TRIES: u32 = 20;

    fn new(servers: &[Server]) -> Self {
        let mut end = 0_u64;
        let ends: Box<[u64]> = servers
            .iter()
            .map(|server| {
                // Both below 2³²: the sum fits.
                end += weight(server);
                end
            })
            .collect();
        Self { ends, total: end.max(1) }
    }

    fn owner(&self, sum: u64) -> u32 {
        let at = sum % self.total;
        let index = self.ends.partition_point(|end| *end <= at);
        if index < self.ends.len() { u32::try_from(index).unwrap_or(NO_OWNER) } else { NO_OWNER }
    }
}

impl Placement for Plain {
    fn locate(&self, key: &[u8]) -> u32 {
        self.owner(u64::from(crc32::memcached(key)))
    }

    fn step(&self, key: &[u8], cursor: &mut Cursor) -> Option<u32> {
        if cursor.steps > Self::TRIES {
            return None;
        }
        let (tens, ones) = (cursor.steps / 10, cursor.steps % 10);
        let digits = [tens, ones].map(|digit| b'0' + u8::try_from(digit).unwrap_or(0));
        let number: &[u8] = match cursor.steps {
            0 => &[],
            1..=9 => &digits[1..],
            _ => &digits,
        };
        let crc = crc32::update(crc32::crc32(number), key);
        cursor.at += u64::from(crc >> 16 & 0x7fff);
        cursor.steps += 1;
        Some(self.owner(cursor.at))
    }

    fn position(&self, key: &[u8]) -> Option<u128> {
        Some(u128::from(crc32::memcached(key)))
    }

    fn locate_position(&self, position: u128) -> Option<u32> {
        u64::try_from(position).ok().map(|position| self.owner(position))
    }

    fn hash_name(&self) -> String {
        Hash32::Crc32Memcached.name().to_owned()
    }

    fn hit(&self, key: &[u8]) -> Option<Hit> {
        let slot = u64::from(crc32::memcached(key)) % self.total;
        (self.owner(slot) != NO_OWNER).then_some(Hit::Slot { slot, of: self.total })
    }

    fn regions(&self) -> Option<Regions<'_>> {
        let slots = self.total.min(PLAIN_VALUES);
        Some(Regions::Slots {
            space: Space {
                hash: Hash32::Crc32Memcached.name().to_owned(),
                size: Some(u128::from(PLAIN_VALUES)),
            },
            owners: (0..slots).map(|slot| self.owner(slot)).collect::<Vec<u32>>().into(),
        })
    }

    fn order_matters(&self) -> bool {
        self.ends.len() > 1
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.ends)
    }
}

/// A weight that is worth a word: 1.6 million points.
const HEAVY: u64 = 10_000;

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let total = servers.iter().map(weight).fold(0, u64::saturating_add);
    if options.switch("consistent") {
        let largest = servers.iter().map(weight).max().unwrap_or_default();
        let heavy = largest >= HEAVY;
        return Vec::from_iter(heavy.then(|| {
            let sentence = format!(
                "weight {largest}: nginx makes 160 points per unit of weight, and every worker \
                 holds them"
            );
            Advice::new(Topic::Large, sentence)
        }));
    }
    if servers.len() < 2 {
        return Vec::new();
    }
    let mut all = vec![Advice::new(
        Topic::Churn,
        "plain hash deals most keys anew whenever the sum of weights changes; consistent=on moves \
         few",
    )];
    if total > PLAIN_VALUES {
        all.push(Advice::new(
            Topic::Starved,
            format!(
                "plain hash reaches the first {PLAIN_VALUES} units of weight only, of {total}: \
                 divide the weights"
            ),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Continuum, Servers};

    #[test]
    fn cuts_as_nginx_does() {
        for (text, host, port) in [
            ("10.0.0.1:80", "10.0.0.1", "80"),
            ("10.0.0.1", "10.0.0.1", ""),
            ("a:", "a", ""),
            ("[::1]:80", "[::1]", "80"),
            ("[::1]", "[::1]", ""),
            ("::1", ":", "1"),
            ("unix:/run/a:1", "/run/a:1", ""),
            ("UNIX:/run/a", "/run/a", ""),
            ("a:8x", "a:8x", ""),
        ] {
            // "[::1]" ends in "1]", which is no number.
            let wanted = if text == "::1" { (":", "1") } else { (host, port) };
            assert_eq!(split(text), (wanted.0.as_bytes(), wanted.1.as_bytes()), "{text}");
        }
        assert_eq!(text(&"/run/a.sock".parse().unwrap()), "unix:/run/a.sock");
        assert_eq!(text(&"[::1]:80".parse().unwrap()), "[::1]:80");
    }

    #[test]
    fn a_text_need_not_be_written() {
        for text in ["10.0.0.1:80", "a:0", "unix:7", "UNIX:7", "[::1]:80", "/run/a", "a", "a/b:1"] {
            for server in [text.parse::<Server>().unwrap(), Server::new(text, 65_535)] {
                let written = super::text(&server).into_owned();
                let (host, port) = split(&written);
                let whole = [host, b"\0", port].concat();
                assert_eq!(base(&server), crc32::crc32(&whole), "{written}");
            }
        }
    }

    #[test]
    fn plain_reaches_15_bits() {
        let servers = Servers::from_texts(["a:1=40000", "b:1"]).unwrap();
        let plain = Continuum::with_servers("nginx:consistent=off".parse().unwrap(), servers);
        let plain = plain.unwrap();
        assert_eq!(plain.ownership().shares(), [1.0, 0.0]);
        let topics: Vec<_> = plain.advice().iter().map(Advice::topic).collect();
        assert_eq!(topics, [Topic::Churn, Topic::Starved, Topic::Positional]);
        // The second try may reach it all the same.
        assert_eq!(plain.candidates("key").count(), 2);
    }
}
