//! Capacities: which of them a scheme takes, and how it reads them.

use std::fmt;

use crate::server::{Capacity, Server};

/// Which capacities a scheme holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Capacities {
    /// Any finite number from 0 up; 0 owns nothing.
    Any,
    /// Any number from 0 to this one; 0 owns nothing.
    UpTo(u32),
    /// Whole numbers from 0 to this one; 0 owns nothing.
    Whole(u64),
    /// Whole numbers from 0 to this one; 0 counts as 1, as in the program.
    WholeZeroIsOne(u64),
    /// Any number from 0 to this one; below 1 counts as 1, as in the program.
    BelowOneIsOne(u32),
    /// Any finite number from 0 up; 0 counts as this one, as in the program, and
    /// where that is not 1, so does whatever is below 1: fractions are cut off.
    ZeroIs(u32),
    /// The program knows no weights: every server counts the same, whatever its
    /// capacity. [`Continuum::advice`](crate::Continuum::advice) says so.
    Ignored,
}

impl Capacities {
    /// Whether a server of this capacity is taken.
    #[must_use]
    pub fn holds(self, capacity: Capacity) -> bool {
        match self {
            Self::Any | Self::ZeroIs(_) | Self::Ignored => true,
            Self::UpTo(most) | Self::BelowOneIsOne(most) => capacity.get() <= f64::from(most),
            Self::Whole(most) | Self::WholeZeroIsOne(most) => {
                capacity.whole().is_some_and(|whole| whole <= most)
            }
        }
    }

    /// Whether a server of this capacity can own keys.
    pub(crate) fn eligible(self, capacity: Capacity) -> bool {
        capacity != Capacity::ZERO || self.zero_counts()
    }

    /// A server's capacity as the scheme reads it.
    pub(crate) fn weight(self, server: &Server) -> f64 {
        let capacity = server.capacity().get();
        match self {
            Self::Ignored => 1.0,
            Self::WholeZeroIsOne(_) | Self::BelowOneIsOne(_) => capacity.max(1.0),
            Self::ZeroIs(1) if capacity == 0.0 => 1.0,
            Self::ZeroIs(zero) if zero != 1 => match capacity.trunc() {
                0.0 => f64::from(zero),
                whole => whole,
            },
            Self::Any | Self::UpTo(_) | Self::Whole(_) | Self::ZeroIs(_) => capacity,
        }
    }

    /// Capacities over their sum, as the scheme reads them.
    pub(crate) fn fair_shares(self, servers: &[Server]) -> Vec<f64> {
        // Over the largest first: a sum of capacities near f64::MAX would overflow.
        let largest = servers.iter().map(|server| self.weight(server)).fold(0.0, f64::max);
        let part = |server| if largest > 0.0 { self.weight(server) / largest } else { 0.0 };
        let sum: f64 = servers.iter().map(part).sum();
        servers.iter().map(|server| if sum > 0.0 { part(server) / sum } else { 0.0 }).collect()
    }

    /// Whether a server of capacity 0 owns keys all the same, because the
    /// program does not know of draining by weight.
    #[must_use]
    pub fn zero_counts(self) -> bool {
        matches!(
            self,
            Self::WholeZeroIsOne(_) | Self::BelowOneIsOne(_) | Self::ZeroIs(_) | Self::Ignored
        )
    }
}

impl fmt::Display for Capacities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any finite number from 0 up"),
            Self::UpTo(most) => write!(f, "numbers from 0 to {most}"),
            Self::Whole(most) => write!(f, "whole numbers from 0 to {most}"),
            Self::WholeZeroIsOne(most) => {
                write!(f, "whole numbers from 0 to {most} (0 counts as 1)")
            }
            Self::BelowOneIsOne(most) => {
                write!(f, "numbers from 0 to {most} (below 1 counts as 1)")
            }
            Self::ZeroIs(1) => f.write_str("any finite number from 0 up (0 counts as 1)"),
            Self::ZeroIs(zero) => {
                write!(f, "any finite number from 0 up, cut to a whole one (0 counts as {zero})")
            }
            Self::Ignored => f.write_str("any, but they make no difference"),
        }
    }
}
