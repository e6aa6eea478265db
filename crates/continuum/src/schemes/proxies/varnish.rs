//! Varnish's shard director, `by=KEY` with `.key()` or `by=URL`.
//! Rule, quirks, versions and limits: `docs/schemes/varnish-shard.md`.

use crate::hash::sha256;
use crate::placement::Wrap;
use crate::schemes::prelude::*;
use crate::schemes::shared::plain::Plain32;
use crate::schemes::shared::points::{Label, Points, check_total};

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    aliases: &["varnish"],
    program: "Varnish",
    versions: "7.1.1",
    about: "SHA-256 circle of the shard director, not closed at the top",
    options: &[OptionSpec::new(
        "points",
        Accepts::Whole(1, 1 << 20),
        "67",
        "points a unit of weight (the director's replicas)",
    )
    .trying(&["10", "20", "50", "100", "128", "160", "200", "256", "500", "1000"])],
    capacities: |_| Capacities::BelowOneIsOne(u32::MAX),
    minimal: |options| {
        // Two servers of one point each make the circle of two points.
        let ever_two = options.whole("points") == 1;
        Minimal { add: !ever_two, remove: !ever_two, weight: true }
    },
    proven: 44_926,
    advice,
    ..SchemeEntry::new("varnish-shard", build)
};

/// How many points a backend gets.
fn count(replicas: u32, server: &Server) -> u64 {
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
    check_total(options, servers.iter().map(|server| count(replicas, server)))?;
    let mut points = Points::new(options);
    for (owner, server) in (0_u32..).zip(servers) {
        let mut label = Label::new(server.label().as_bytes());
        for number in 0..count(replicas, server) {
            let label = label.numbered(number);
            points.add(owner, sha256::last_word(label), label);
        }
    }
    let place = if points.len() == 2 {
        points.ring(Rules { seek: Seek::Top, ..rules() })
    } else {
        points.ring_found_by(rules(), search)
    };
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Sha256Last), place }))
}

fn rules() -> Rules {
    Rules { wrap: Wrap::Last, ..Rules::new(Seek::AtOrAfter, Shared::Keep) }
}

/// Varnish's `shard_lookup`, step by step.
fn search(points: &[u32], key: u32) -> usize {
    let (mut low, mut high) = (0_usize, points.len());
    loop {
        let at = low.midpoint(high);
        if points[at] == key || at == points.len() - 1 {
            return at;
        }
        if points[at] < key && points[at + 1] >= key {
            return at + 1;
        }
        if points[at] < key {
            low = at;
        } else if at == 0 {
            return 0;
        } else {
            high = at;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::Ring;
    use crate::{Continuum, Servers};

    /// The search as written and the ring agree on every position around points,
    /// of which many share one.
    #[test]
    fn finds_what_varnish_finds() {
        let mut state = 2010_u64;
        for count in [1, 3, 4, 5, 6, 7, 8, 9, 40, 200] {
            for _ in 0..50 {
                let mut points: Vec<(u32, u32)> = (0..count)
                    .map(|owner| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        (u32::try_from(state >> 33).unwrap() % (count + 2) * 3, owner)
                    })
                    .collect();
                let ring = Ring::found_by(&points.iter().copied().collect(), rules(), search);
                points.sort_by_key(|point| point.0);
                let positions: Vec<u32> = points.iter().map(|point| point.0).collect();
                for key in (0..count * 3 + 12).chain([u32::MAX]) {
                    let wanted = points[search(&positions, key)].1;
                    assert_eq!(ring.place(key), wanted, "{key} in {points:?}");
                }
            }
        }
    }

    #[test]
    fn two_points_are_one() {
        let servers = Servers::from_texts(["a:1", "b:1"]).unwrap();
        let circle =
            Continuum::with_servers("varnish-shard:points=1".parse().unwrap(), servers).unwrap();
        let upper = if sha256::last_word(b"a:10") > sha256::last_word(b"b:10") { 0 } else { 1 };
        for key in ["one", "two", "three", "four", "five"] {
            assert_eq!(circle.resolve_index(key), Some(upper));
            assert_eq!(circle.candidates(key).count(), 2);
        }
        assert!(circle.ownership().shares().contains(&1.0));
    }
}
