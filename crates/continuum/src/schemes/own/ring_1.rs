//! `ring-1`: a plain ring, points in proportion to capacity. Specified in
//! `docs/schemes/ring-1.md`.
//!
//! A server's points depend on nothing but its identity and capacity; no other
//! server's are counted anew when one comes, goes or changes, as the ketama
//! family does. So every change moves the least.

use crate::hash::xxh3::xxh3_64;
use crate::schemes::own::xxh3::{Xxh3Key, tie_order};
use crate::schemes::prelude::*;
use crate::schemes::shared::points::{Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Continuum",
    versions: "all",
    about: "plain ring, points in proportion to capacity, never counted anew: always minimal",
    options: &[OptionSpec::new(
        "points",
        Accepts::Whole(1, 1 << 20),
        "160",
        "points of a server of capacity 1",
    )
    .trying(&["40", "100", "200", "256", "500", "1000"])],
    capacities: |_| Capacities::Any,
    order: |_| Order::Free,
    proven: 0,
    numbers: true,
    ..SchemeEntry::new("ring-1", build)
};

/// Points of a server: the nearest whole number, halves up, and at least one.
fn count(points: u32, capacity: f64) -> u64 {
    if capacity == 0.0 {
        return 0;
    }
    let exact = f64::from(points) * capacity + 0.5;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "not negative; what exceeds 64 bits is refused as too many either way"
    )]
    let whole = exact as u64;
    whole.max(1)
}

fn build(options: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    let points = options.whole32("points");
    let count = |server: &Server| count(points, server.capacity().get());
    check_total(options, servers.iter().map(count))?;
    let mut ring = Points::new(options);
    ring.each(servers, count, |ring, owner, server, count| {
        let mut label = server.identity().into_owned().into_bytes();
        let stem = label.len();
        for number in 0..count {
            label.truncate(stem);
            label.extend(number.to_le_bytes());
            ring.add_named(owner, xxh3_64(&label, 0), || {
                format!("{} point {number}", server.identity())
            });
        }
        Ok(())
    })?;
    let rules = Rules::new(Seek::AtOrAfter, Shared::First);
    // In tie order: of points at one position the first stays, so that who owns
    // it does not depend on the list.
    let order = |one: u32, other: u32| {
        tie_order(&servers[one as usize]).cmp(&tie_order(&servers[other as usize]))
    };
    let place = ring.ring_by(rules, &order).with_order_matters(false);
    Ok(Box::new(Hashed { hash: Xxh3Key, place }))
}
