//! Ownership: the share of the key space that each server owns.

use crate::placement::{NO_OWNER, Placement};
use crate::resolve::{Basis, Continuum};

/// The share of each server, in list order. From
/// [`Continuum::ownership`](crate::Continuum::ownership).
#[derive(Clone, Debug, PartialEq)]
pub struct Ownership {
    shares: Vec<f64>,
    basis: Basis,
    peak: f64,
}

impl Continuum {
    /// The share of the key space that each server owns: exact where the scheme
    /// has a map of its hash space, else an estimate that says so. O(points).
    #[must_use]
    pub fn ownership(&self) -> Ownership {
        let (placement, servers) = (self.placement(), self.servers().len());
        let (shares, basis) = placement
            .regions()
            .and_then(|regions| regions.shares(servers))
            .map(|shares| (shares, Basis::Exact))
            .or_else(|| Some((placement.expected_shares(servers)?, Basis::Expected)))
            .unwrap_or_else(|| sample(placement, servers));
        let over = |(share, fair): (&f64, &f64)| if *fair > 0.0 { share / fair } else { 0.0 };
        let peak = shares.iter().zip(self.fair_shares()).map(over).fold(0.0, f64::max);
        Ownership { shares, basis, peak }
    }
}

impl Ownership {
    /// The share of each server, 0 to 1, in list order. They sum to 1, or to 0
    /// when nothing owns anything.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
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
        self.peak
    }
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
