//! Rules: when a server is passed over, and how it comes back.

use std::num::NonZero;
use std::time::Duration;

use continuum::load::Bounded;

/// When a server is passed over and how it comes back. None of them changes the map.
///
/// ```
/// use std::{num::NonZero, time::Duration};
/// use continuum::load::Bounded;
/// use continuum_upstream::Rules;
/// let rules = Rules::new()
///     .with_bounded(Bounded::new(1.25)?)
///     .with_rest(NonZero::new(3).unwrap(), Duration::from_secs(5))
///     .with_ramp(Duration::from_secs(30));
/// assert_eq!(rules.ramp(), Duration::from_secs(30));
/// # Ok::<(), continuum::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    bounded: Option<Bounded>,
    rest: Option<(NonZero<u32>, Duration)>,
    ramp: Duration,
    hops: usize,
}

impl Rules {
    /// No bound on load, no rest after failures, no ramp, any number of hops.
    #[must_use]
    pub fn new() -> Self {
        Self { bounded: None, rest: None, ramp: Duration::ZERO, hops: usize::MAX }
    }

    /// Bounds the load of each server. The fair part that the rule speaks of is a part
    /// among the servers that can take requests at the moment.
    ///
    /// Past a full owner a key goes along the rule's
    /// [`Overflow`](continuum::load::Overflow).
    #[must_use]
    pub fn with_bounded(self, bounded: Bounded) -> Self {
        Self { bounded: Some(bounded), ..self }
    }

    /// Lets a server rest for a time after so many failures in a row. Of the
    /// requests after the rest one failure is enough for another rest, until one
    /// succeeds.
    #[must_use]
    pub fn with_rest(self, failures: NonZero<u32>, rest: Duration) -> Self {
        Self { rest: Some((failures, rest)), ..self }
    }

    /// Gives a server that comes back its keys little by little, in equal parts of the
    /// time. A key that has come back stays; the others remain where they were served
    /// in the meantime.
    #[must_use]
    pub fn with_ramp(self, ramp: Duration) -> Self {
        Self { ramp, ..self }
    }

    /// Limits how many candidates after the owner are asked for one request.
    #[must_use]
    pub fn with_hops(self, hops: usize) -> Self {
        Self { hops, ..self }
    }

    /// The bound on load.
    #[must_use]
    pub fn bounded(&self) -> Option<Bounded> {
        self.bounded
    }

    /// After how many failures in a row a server rests, and for how long.
    #[must_use]
    pub fn rest(&self) -> Option<(NonZero<u32>, Duration)> {
        self.rest
    }

    /// How long it takes until a server that came back has all its keys.
    #[must_use]
    pub fn ramp(&self) -> Duration {
        self.ramp
    }

    /// How many candidates after the owner are asked for one request.
    #[must_use]
    pub fn hops(&self) -> usize {
        self.hops
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}
