//! Schemes side by side.

use serde::Serialize;

/// A row for each scheme.
#[derive(Serialize)]
pub(crate) struct Advised {
    pub(crate) rows: Vec<Figures>,
    /// On how many servers each key is.
    #[serde(skip)]
    pub(crate) copies: u32,
    /// Whether it is known how often servers change.
    #[serde(skip)]
    pub(crate) a_day: bool,
}

/// One scheme's figures; null where the set or the scheme has none.
#[derive(Default, Serialize)]
pub(crate) struct Figures {
    pub(crate) scheme: String,
    pub(crate) peak: f64,
    /// The busiest server's copies over its fair part of them, from sampled keys.
    pub(crate) copies_peak: Option<f64>,
    pub(crate) add: Option<f64>,
    pub(crate) remove: Option<f64>,
    pub(crate) weight: Option<f64>,
    /// The part of all keys that one such change moves, in the mean.
    pub(crate) moved_a_change: Option<f64>,
    pub(crate) moved_a_day: Option<f64>,
    pub(crate) exact: bool,
    pub(crate) memory: usize,
    pub(crate) nanoseconds: f64,
    pub(crate) needs: &'static str,
}
