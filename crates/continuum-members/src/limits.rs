//! What a change may be, and how long it must have stood.

use std::time::Duration;

/// When a set of servers becomes the map.
///
/// ```
/// use std::time::Duration;
/// use continuum_members::Limits;
/// let limits = Limits::new().with_max_move(0.2).with_settle(Duration::from_secs(10));
/// assert_eq!((limits.max_move(), limits.settle().as_secs()), (0.2, 10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    max_move: f64,
    settle: Duration,
}

impl Limits {
    /// At most 34% of the keys move, which lets one of three servers go; a set must
    /// have stood for three seconds.
    #[must_use]
    pub fn new() -> Self {
        Self { max_move: 0.34, settle: Duration::from_secs(3) }
    }

    /// The largest share of the keys, from 0 to 1, that one change may move. What is no
    /// such number is held to the nearest one; NaN lets nothing move.
    #[must_use]
    pub fn with_max_move(mut self, share: f64) -> Self {
        self.max_move = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// How long a source must have given one and the same answer before it is taken.
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// The largest share of the keys that one change may move.
    #[must_use]
    pub fn max_move(&self) -> f64 {
        self.max_move
    }

    /// How long an answer must have stood.
    #[must_use]
    pub fn settle(&self) -> Duration {
        self.settle
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
