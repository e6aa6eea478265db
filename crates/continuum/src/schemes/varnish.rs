//! Varnish's shard director, `by=KEY` with `.key()` or `by=URL`.
//!
//! Rule. The hash is the last four bytes of SHA-256, little-endian. A backend is
//! its `ident` or else its name: here the [name](crate::Server::name), or else
//! `host:port` (an IPv6 host without brackets). Its points are the hashes of that
//! text with a number behind it, in decimal from 0 up, of which there are
//! `points` (the director's replicas) times weight, in doubles, the fraction
//! cut. A key belongs to the first point at or above; points at one position keep
//! the order of the backends. The n-th alternative (`alt=n`) is the n-th further
//! backend up the ring: the candidates here.
//!
//! Quirks, all kept:
//! - The circle is not closed: keys above the last point belong to the last
//!   point, not to the first. Only the walk for alternatives goes around.
//! - A weight below 1 counts as 1, 0 included: a backend is drained by removing
//!   it.
//!
//! Not covered: `rampup` and `warmup`, which change answers with time and chance.

use crate::advice::{Advice, Topic};
use crate::error::Error;
use crate::hash::key_hash::Hash32;
use crate::hash::sha256;
use crate::options::{Accepts, OptionSpec, Options};
use crate::placement::{Hashed, Placement, Ring, Rules, Seek, Shared, Wrap};
use crate::scheme::{Capacities, Minimal, Order, SchemeEntry};
use crate::schemes::points::{Label, check_total};
use crate::schemes::proxy_key::Key32;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    name: "varnish-shard",
    aliases: &["varnish"],
    program: "Varnish",
    versions: "7.1.1",
    about: "SHA-256 circle of the shard director, not closed at the top",
    options: &[OptionSpec::new(
        "points",
        Accepts::Whole(1, 1 << 20),
        "67",
        "points a unit of weight (the director's replicas)",
    )],
    capacities: |_| Capacities::BelowOneIsOne(u32::MAX),
    order: |_| Order::Ties,
    minimal: |_| Minimal::ALWAYS,
    proven: 44_926,
    build,
    advice,
};

/// How many points a backend gets.
fn points(replicas: u32, server: &Server) -> u64 {
    let weight = server.capacity().get();
    let points = f64::from(replicas) * if weight >= 1.0 { weight } else { 1.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "C truncates too; the value is from 1 to 2^52"
    )]
    let points = points as u64;
    points
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let replicas = options.whole32("points");
    check_total(SCHEME.name, servers.iter().map(|server| points(replicas, server)))?;
    let mut ring: Vec<(u32, u32)> = Vec::new();
    for (owner, server) in (0_u32..).zip(servers) {
        let mut label = Label::new(server.label().as_bytes());
        ring.extend(
            (0..points(replicas, server))
                .map(|number| (sha256::last_word(label.numbered(number)), owner)),
        );
    }
    let rules = Rules { wrap: Wrap::Last, ..Rules::new(Seek::AtOrAfter, Shared::Keep) };
    Ok(Box::new(Hashed { hash: Key32(Hash32::Sha256Last), place: Ring::new(ring, rules) }))
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    let small = servers.iter().filter(|server| server.capacity().get() < 1.0).count();
    if small == 0 || servers.len() < 2 {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Capacity,
        format!("{small} capacities below 1 count as 1, as in Varnish: multiply them all"),
    )]
}
