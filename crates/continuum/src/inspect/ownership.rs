//! Ownership: the share of the key space that each server owns.

use crate::placement::{NO_OWNER, Placement};
use crate::scheme::Capacities;
use crate::server::Server;

/// How the shares were found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Basis {
    /// From the whole map: sums of arcs or slots. Exact for a key hash whose
    /// values are equally likely.
    Exact,
    /// From the scheme's formula, for a perfect key hash.
    Expected,
    /// Counted over this many generated keys, always the same ones: each share
    /// is within `bound` of the true one with a probability of 95 %.
    Sampled {
        /// Keys counted.
        keys: u32,
        /// Half the width of the widest 95 % interval.
        bound: f64,
    },
}

/// The share of each server, in list order. From
/// [`Continuum::ownership`](crate::Continuum::ownership).
#[derive(Clone, Debug, PartialEq)]
pub struct Ownership {
    shares: Vec<f64>,
    fair: Vec<f64>,
    basis: Basis,
}

impl Ownership {
    pub(crate) fn of(
        placement: &dyn Placement,
        servers: &[Server],
        capacities: Capacities,
    ) -> Self {
        let (shares, basis) = placement
            .regions()
            .and_then(|regions| regions.shares(servers.len()))
            .map(|shares| (shares, Basis::Exact))
            .or_else(|| {
                placement.expected_shares(servers.len()).map(|shares| (shares, Basis::Expected))
            })
            .unwrap_or_else(|| sample(placement, servers.len()));
        Self { shares, fair: fair_shares(servers, capacities), basis }
    }

    /// The share of each server, 0 to 1, in list order. They sum to 1, or to 0
    /// when nothing owns anything.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Each server's fair share: its capacity over the sum of all.
    #[must_use]
    pub fn fair(&self) -> &[f64] {
        &self.fair
    }

    /// How the shares were found.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// The largest share over its fair one: 1 is perfect, 1.25 means that the
    /// busiest server gets a quarter too much. 0 when nothing owns anything.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.shares
            .iter()
            .zip(&self.fair)
            .filter(|(_, fair)| **fair > 0.0)
            .map(|(share, fair)| share / fair)
            .fold(0.0, f64::max)
    }
}

/// A server's capacity as the scheme reads it.
pub(crate) fn weight(server: &Server, capacities: Capacities) -> f64 {
    match capacities {
        Capacities::Ignored => 1.0,
        Capacities::WholeZeroIsOne(_) | Capacities::BelowOneIsOne(_) => {
            server.capacity().get().max(1.0)
        }
        Capacities::Any | Capacities::UpTo(_) | Capacities::Whole(_) => server.capacity().get(),
    }
}

/// Capacities over their sum, as the scheme reads them.
pub(crate) fn fair_shares(servers: &[Server], capacities: Capacities) -> Vec<f64> {
    let weight = |server: &Server| weight(server, capacities);
    // Over the largest first: a sum of capacities near f64::MAX would overflow.
    let largest = servers.iter().map(weight).fold(0.0, f64::max);
    let sum: f64 = servers.iter().map(|server| weight(server) / largest).sum();
    servers
        .iter()
        .map(|server| if largest > 0.0 { weight(server) / largest / sum } else { 0.0 })
        .collect()
}

/// Counts the owners of keys `0`, `1`, `2` … written in decimal.
fn sample(placement: &dyn Placement, count: usize) -> (Vec<f64>, Basis) {
    const KEYS: u32 = 200_000;
    let mut counts = vec![0_u32; count];
    for number in 0..KEYS {
        let owner = placement.locate(number.to_string().as_bytes());
        if owner != NO_OWNER {
            counts[owner as usize] += 1;
        }
    }
    let keys = f64::from(KEYS);
    let shares: Vec<f64> = counts.into_iter().map(|count| f64::from(count) / keys).collect();
    let widest = shares.iter().map(|share| share * (1.0 - share)).fold(0.0, f64::max);
    // The normal approximation of a binomial: 1.96 standard deviations.
    (shares, Basis::Sampled { keys: KEYS, bound: 1.96 * (widest / keys).sqrt() })
}
