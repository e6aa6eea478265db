//! libketama (RJ/ketama), the original of 2007.
//!
//! Rule. A server gets `floorf(pct * 40.0 * servers)` labels `address-J`, each the
//! four words of its MD5, `pct` being its share of all memory in single precision
//! and the product in double. A key is the first word of its MD5 and belongs to
//! the first point at or above, around the ring. Of points at one position the
//! earlier server's comes first: the sort is glibc's, which is stable.
//!
//! Quirks: the address is hashed as it stands in the file, its port always with
//! it. The product in double spares libketama the 156 points of libmemcached with
//! 25 equal servers. A line with memory 0 makes the program refuse the file; here
//! a server of capacity 0 is as one whose line was left out.
//!
//! Not covered: another C library's sort, which may break ties otherwise;
//! addresses above 22 bytes, which the program cuts or overruns.

use crate::error::Error;
use crate::lanes::Hash32;
use crate::placement::{Hashed, Placement, Rules, Seek, Shared};
use crate::scheme::{Capacities, Minimal, Options, SchemeEntry};
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};
use crate::server::{Capacity, Server};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "libketama",
    versions: "RJ/ketama 18cf9a7",
    about: "MD5 ring of 160 points a server on average, by memory",
    capacities: |_| Capacities::Whole((1 << 53) - 1),
    minimal: |_| Minimal::NEVER,
    proven: 33_252,
    ..SchemeEntry::new("libketama", build)
};

fn labels(memory: u64, total: u64, servers: usize) -> u64 {
    let pct = memory as f32 / total as f32;
    #[expect(clippy::cast_possible_truncation, reason = "floorf takes a float")]
    let labels = (f64::from(pct) * 40.0 * f64::from(servers as f32)) as f32;
    ketama::whole(labels.floor())
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let listed = servers.iter().filter(|server| server.capacity() != Capacity::ZERO).count();
    let memory = ketama::weights(servers);
    let total = ketama::total(SCHEME.name, &memory, u64::MAX)?;
    let labels = |memory: u64| if memory == 0 { 0 } else { labels(memory, total, listed) };
    check_total(SCHEME.name, memory.iter().map(|memory| labels(*memory).saturating_mul(4)))?;
    let mut points = Points::new(options);
    let count = |server: &Server| labels(server.capacity().whole().unwrap_or(0)) * 4;
    points.each(servers, count, |points, owner, server, count| {
        ketama::add_points(points, owner, &server.label(), count / 4, 4);
        Ok(())
    })?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place: points.ring(rules) }))
}
