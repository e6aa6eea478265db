//! Predis's distributors `HashRing` and `KetamaRing` (PHP).
//! Rule, quirks, versions and limits: `docs/schemes/predis.md`.

use crate::error::{Error, Kind};
use crate::lanes::Hash32;
use crate::lanes::crc32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{Accepts, Advice, Capacities, Minimal, OptionSpec, Options, SchemeEntry};
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};
use crate::schemes::shared::starved::starved;
use crate::schemes::shared::tags::{Tag, Tagged};
use crate::server::Server;

/// What no weight counts as, and 0.
const UNWEIGHTED: u32 = 100;

/// The labels of a ketama ring, whatever the replicas.
const KETAMA_LABELS: f64 = 40.0;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Predis",
    versions: "1.1.10, 3.6.1-dev",
    about: "CRC-32 ring, last at or below, or an MD5 ring; Redis Cluster's tags",
    options: &[
        OptionSpec::new(
            "ring",
            Accepts::Choice(&["hashring", "ketama"]),
            "hashring",
            "the distributor: HashRing or KetamaRing",
        ),
        OptionSpec::new("tags", Accepts::Switch, "on", "off: a distributor without a strategy")
            .trying_tags(&["off"]),
        OptionSpec::new(
            "replicas",
            Accepts::Whole(1, 1 << 20),
            "128",
            "points of a server of average weight; of ring=hashring",
        )
        .trying(&[]),
    ],
    capacities: |_| Capacities::ZeroIs(UNWEIGHTED),
    minimal: |_| Minimal::NEVER,
    proven: 18_300,
    advice,
    ..SchemeEntry::new("predis", build)
};

/// PHP's `round` up to 8.3, of a number from 0 up: one from 1 up is first rounded to
/// 15 significant digits, then to a whole number, both half up.
fn php_round(number: f64) -> f64 {
    /// Above this a double is whole.
    const WHOLE: f64 = 1e15;
    if number >= WHOLE {
        return number;
    }
    let mut scale = 1e14;
    let mut power = 10.0;
    while power <= number {
        power *= 10.0;
        scale /= 10.0;
    }
    let digits = if number < 1.0 { number } else { (number * scale + 0.5).floor() / scale };
    (digits + 0.5).floor()
}

/// The weight that PHP's `(int)` leaves.
fn weight(server: &Server) -> f64 {
    match server.capacity().get().trunc() {
        0.0 => f64::from(UNWEIGHTED),
        weight => weight,
    }
}

fn node(server: &Server) -> String {
    const PORT: u16 = 6379;
    match (server.name(), server.port()) {
        (Some(name), _) => name.to_owned(),
        (None, _) if server.is_unix_socket() => server.host().to_owned(),
        (None, port) => format!("{}:{}", server.host(), port.unwrap_or(PORT)),
    }
}

/// How many labels each weight has.
struct Counts {
    total: f64,
    servers: f64,
    /// None: a ketama ring.
    replicas: Option<f64>,
}

impl Counts {
    #[expect(clippy::cast_precision_loss, reason = "as the program counts")]
    fn new(options: &Options<'_>, servers: &[Server]) -> Self {
        let replicas = options.whole("replicas") as f64;
        Self {
            total: servers.iter().map(weight).sum(),
            servers: servers.len() as f64,
            replicas: (options.choice("ring") == "hashring").then_some(replicas),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 up; what is too large is refused"
    )]
    fn of(&self, server: &Server) -> u64 {
        let share = weight(server) / self.total;
        match self.replicas {
            Some(replicas) => php_round(share * self.servers * replicas) as u64,
            None => (share * self.servers * KETAMA_LABELS).floor() as u64,
        }
    }
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    /// The largest that PHP's integers are.
    const MOST: f64 = 9_223_372_036_854_775_807.0;
    let counts = Counts::new(options, servers);
    if counts.total >= MOST {
        return Err(Error::new(
            Kind::Capacity,
            format!("scheme '{}': the capacities sum to more than PHP counts", SCHEME.name),
        ));
    }
    let tag = if options.switch("tags") { Tag::RedisCluster } else { Tag::Off };
    let ketama = counts.replicas.is_none();
    let each = |server: &Server| counts.of(server).saturating_mul(if ketama { 4 } else { 1 });
    check_total(options, servers.iter().map(each))?;
    let mut points = Points::new(options);
    points.each(servers, each, |points, owner, server, count| {
        let node = node(server);
        if ketama {
            ketama::add_points(points, owner, &node, count / 4, 4);
        } else {
            let mut label = Label::new(format!("{node}:"));
            for number in 0..count {
                let label = label.numbered(number);
                points.add(owner, crc32::update(0, label), label);
            }
        }
        Ok(())
    })?;
    Ok(if ketama {
        let hash = Tagged { tag, hash: Plain32(Hash32::Md5) };
        let place = points.ring(Rules::new(Seek::AtOrAfter, Shared::Last));
        Box::new(Hashed { hash, place })
    } else {
        let hash = Tagged { tag, hash: Plain32(Hash32::Crc32) };
        let place = points.ring(Rules::new(Seek::AtOrBefore, Shared::Last));
        Box::new(Hashed { hash, place })
    })
}

fn advice(options: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let counts = Counts::new(options, servers);
    starved(servers, |server| counts.of(server))
}

#[cfg(test)]
mod tests {
    use super::{Server, node, php_round, weight};
    use crate::Capacity;

    #[test]
    fn rounds_twice() {
        for (number, rounded) in [
            (0.0, 0.0),
            (0.5, 1.0),
            (0.49, 0.0),
            (2.5, 3.0),
            // 15 digits make a half of what lies just below it.
            (1.499_999_999_999_999_8, 2.0),
            (1.499_999_999_999_99, 1.0),
            (128.0, 128.0),
            (0.004, 0.0),
            (1e18, 1e18),
        ] {
            assert_eq!(php_round(number).to_bits(), f64::to_bits(rounded), "{number}");
        }
    }

    #[test]
    fn weights_are_whole_and_never_0() {
        for (given, counts) in [(0.0, 100.0), (0.5, 100.0), (2.9, 2.0), (1.0, 1.0)] {
            let capacity = Capacity::try_from(given).unwrap();
            let server = Server::new("a", 1).with_capacity(capacity);
            assert_eq!(weight(&server).to_bits(), f64::to_bits(counts));
        }
    }

    #[test]
    fn nodes() {
        for (server, text) in [
            (Server::without_port("h"), "h:6379"),
            (Server::new("::1", 7000), "::1:7000"),
            (Server::without_port("/run/r.sock"), "/run/r.sock"),
        ] {
            assert_eq!(node(&server), text);
        }
    }
}
