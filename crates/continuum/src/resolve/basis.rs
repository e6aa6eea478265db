//! How shares were found: counted, worked out, or sampled.

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

impl Basis {
    /// How far a share may be off, if it was sampled.
    #[must_use]
    pub fn bound(self) -> Option<f64> {
        match self {
            Self::Sampled { bound, .. } => Some(bound),
            _ => None,
        }
    }
}
