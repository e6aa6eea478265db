//! Capacity: how much of the keys a server should own, beside the others.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Kind, quoted};

/// A server's weight: a finite number ≥ 0. Default 1; 0 means draining (the
/// server is in the set and owns nothing).
///
/// Only the ratio between the servers of a set matters. A scheme that holds
/// whole numbers only, or a smaller range, refuses others when it is built.
///
/// ```
/// use continuum::Capacity;
/// assert_eq!(Capacity::from(2).get(), 2.0);
/// assert_eq!("0.5".parse::<Capacity>()?.get(), 0.5);
/// assert!(Capacity::try_from(f64::NAN).is_err());
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Capacity(f64);

impl Capacity {
    /// Owns nothing: the server is being drained.
    pub const ZERO: Self = Self(0.0);
    /// The default.
    pub const ONE: Self = Self(1.0);

    /// The number, finite and ≥ 0.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// The number as an integer, if it is one below 2⁵³.
    #[must_use]
    pub fn whole(self) -> Option<u64> {
        // 2⁵³: up to here every integer has a double of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the guard leaves integers from 0 to 2^53"
        )]
        (self.0.fract() == 0.0 && self.0 < EXACT).then_some(self.0 as u64)
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Self::ONE
    }
}

impl From<u32> for Capacity {
    fn from(value: u32) -> Self {
        Self(f64::from(value))
    }
}

impl TryFrom<f64> for Capacity {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        if value.is_finite() && value >= 0.0 {
            // `+ 0.0` turns -0 into 0, so that equal capacities have equal bits.
            Ok(Self(value + 0.0))
        } else {
            Err(Error::new(
                Kind::Capacity,
                format!("capacity {value} is not a finite number from 0 up"),
            ))
        }
    }
}

impl FromStr for Capacity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let value: f64 = text.parse().map_err(|_| {
            Error::new(
                Kind::Capacity,
                format!("capacity {} is not a finite number from 0 up", quoted(text)),
            )
        })?;
        Self::try_from(value)
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 1e16 { write!(f, "{:e}", self.0) } else { write!(f, "{}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::Capacity;

    #[test]
    fn refuses_what_is_no_capacity() {
        for text in ["-1", "nan", "inf", "", "1,5", "0x10", "-0.1", "1e309"] {
            let error = text.parse::<Capacity>().unwrap_err();
            assert!(error.is_invalid_capacity(), "{text}: {error}");
        }
    }

    #[test]
    fn text_round_trips() {
        for value in [0.0, 0.1, 1.0, 2.5, 1e15, 1e16, 1e308, 5e-324] {
            let capacity = Capacity::try_from(value).unwrap();
            assert_eq!(capacity.to_string().parse::<Capacity>().unwrap(), capacity);
        }
        assert_eq!(Capacity::try_from(-0.0).unwrap().get().to_bits(), 0);
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(Capacity::try_from(3.0).unwrap().whole(), Some(3));
        assert_eq!(Capacity::try_from(0.5).unwrap().whole(), None);
        assert_eq!(Capacity::try_from(1e300).unwrap().whole(), None);
    }
}
