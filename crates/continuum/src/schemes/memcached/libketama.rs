//! libketama (RJ/ketama), the original of 2007.
//! Rule, quirks, versions and limits: `docs/schemes/libketama.md`.

use crate::schemes::prelude::*;
use crate::schemes::shared::ketama;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Points, check_total};

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
    check_total(options, memory.iter().map(|memory| labels(*memory).saturating_mul(4)))?;
    let mut points = Points::new(options);
    let count = |server: &Server| labels(server.capacity().whole().unwrap_or(0)) * 4;
    points.each(servers, count, |points, owner, server, count| {
        ketama::add_points(points, owner, &server.label(), count / 4, 4);
        Ok(())
    })?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::Keep);
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Md5), place: points.ring(rules) }))
}
