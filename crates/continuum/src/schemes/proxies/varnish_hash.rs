//! Varnish's hash director, `directors.hash()`.
//! Rule, quirks, versions and limits: `docs/schemes/varnish-hash.md`.

use crate::error::Error;
use crate::lanes::Hash32;
use crate::placement::{
    Cursor, Hashed, Hit, Intervals, NO_OWNER, Place, Placement, Regions, Space,
};
use crate::scheme::{Advice, Capacities, Minimal, Options, Order, SchemeEntry, Topic};
use crate::schemes::shared::plain::Plain32;
use crate::server::Server;

pub(crate) static SCHEME: SchemeEntry = SchemeEntry {
    program: "Varnish hash director",
    versions: "7.1.1",
    about: "SHA-256 over intervals as wide as the weights",
    capacities: |_| Capacities::Any,
    order: |_| Order::Positional,
    minimal: |_| Minimal::NEVER,
    proven: 8_086,
    advice,
    ..SchemeEntry::new("varnish-hash", build)
};

/// 2³².
const SPACE: u64 = 1 << 32;

/// Intervals, and the weights they were made of.
struct Director {
    weights: Box<[f64]>,
    intervals: Intervals,
}

/// Where on the line of weights a hash lies.
fn along(hash: u32, total: f64) -> f64 {
    f64::from(hash) / 4_294_967_296.0 * total
}

/// The number of hashes that lie below a sum of weights.
fn below(sum: f64, total: f64) -> u64 {
    let (mut low, mut high) = (0, SPACE);
    while low < high {
        let middle = u64::midpoint(low, high);
        match u32::try_from(middle) {
            Ok(hash) if along(hash, total) < sum => low = middle + 1,
            _ => high = middle,
        }
    }
    low
}

impl Director {
    fn new(servers: &[Server]) -> Self {
        let weights: Box<[f64]> = servers.iter().map(|server| server.capacity().get()).collect();
        let total = weights.iter().sum();
        let mut sum = 0.0;
        let ends: Vec<u64> = weights
            .iter()
            .map(|weight| {
                sum += weight;
                below(sum, total)
            })
            .collect();
        Self { weights, intervals: Intervals::new(ends) }
    }

    /// The owner of a hash when those that `is_sick` names are sick.
    fn healthy(&self, hash: u32, is_sick: impl Fn(usize) -> bool) -> Option<u32> {
        let up = || self.weights.iter().enumerate().filter(|(number, _)| !is_sick(*number));
        let total: f64 = up().map(|(_, weight)| weight).sum();
        let at = along(hash, total);
        let mut sum = 0.0;
        let mut reached = up().filter(|(_, weight)| {
            sum += **weight;
            at < sum
        });
        reached.next().and_then(|(number, _)| u32::try_from(number).ok())
    }
}

impl Place<u32> for Director {
    #[inline]
    fn place(&self, position: u32) -> u32 {
        self.intervals.place(position)
    }

    fn step(&self, position: u32, cursor: &mut Cursor) -> Option<u32> {
        if self.intervals.servers() > 128 {
            return self.intervals.step(position, cursor);
        }
        let sick = u128::from(cursor.mark) << 64 | u128::from(cursor.at);
        let next = match cursor.steps {
            0 => Some(self.place(position)).filter(|owner| *owner != NO_OWNER),
            _ => self.healthy(position, |number| sick >> number & 1 == 1),
        }?;
        match next {
            0..64 => cursor.at |= 1 << next,
            _ => cursor.mark |= 1 << (next - 64),
        }
        cursor.steps += 1;
        Some(next)
    }

    fn hit(&self, position: u32) -> Option<Hit> {
        self.intervals.hit(position)
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        self.intervals.regions(space)
    }

    fn order_matters(&self) -> bool {
        self.intervals.order_matters()
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.weights) + self.intervals.memory()
    }
}

fn build(_: &Options<'_>, servers: &[Server]) -> Result<Box<dyn Placement>, Error> {
    Ok(Box::new(Hashed { hash: Plain32(Hash32::Sha256Last), place: Director::new(servers) }))
}

fn advice(_: &Options<'_>, servers: &[Server]) -> Vec<Advice> {
    if servers.len() < 2 {
        return Vec::new();
    }
    vec![Advice::new(
        Topic::Churn,
        "the hash director shifts all intervals whenever a backend falls sick or a weight \
         changes; the shard director (varnish-shard) moves few keys",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Capacity, Continuum, Servers};

    /// Intervals in whole numbers against the rule in doubles, around every border.
    #[test]
    fn intervals_are_the_rule() {
        for weights in [&["1", "2", "0", "0.333"][..], &["1e-9", "3", "1e9"], &["0.1"; 30]] {
            let texts: Vec<String> =
                (0..).zip(weights).map(|(n, weight)| format!("b{n}:1={weight}")).collect();
            let servers = Servers::from_texts(texts.iter().map(String::as_str)).unwrap();
            let director = Director::new(servers.as_slice());
            let total: f64 = director.weights.iter().sum();
            for border in 0..director.weights.len() {
                let sum: f64 = director.weights[..=border].iter().sum();
                let at = below(sum, total);
                for hash in at.saturating_sub(3)..at + 3 {
                    let Ok(hash) = u32::try_from(hash) else { continue };
                    let wanted = director.healthy(hash, |_| false).unwrap_or(NO_OWNER);
                    assert_eq!(director.place(hash), wanted, "{hash} {weights:?}");
                }
            }
        }
    }

    #[test]
    fn candidates_are_answers_while_the_ones_before_are_sick() {
        let texts = ["a:1=1", "b:1=2", "c:1=0.5", "d:1=3"];
        let whole = Servers::from_texts(texts).unwrap();
        let scheme: crate::Scheme = "varnish-hash".parse().unwrap();
        let director = Continuum::with_servers(scheme.clone(), whole.clone()).unwrap();
        for key in (0..200).map(|number| format!("key-{number}")) {
            let mut left = whole.clone();
            for candidate in director.candidates(&key) {
                let now = Continuum::with_servers(scheme.clone(), left.clone()).unwrap();
                assert_eq!(now.resolve(&key).unwrap().identity(), candidate.identity());
                left.set_capacity(&candidate.identity(), Capacity::ZERO).unwrap();
            }
        }
    }
}
