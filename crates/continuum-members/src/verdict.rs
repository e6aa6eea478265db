//! What became of an answer.

use crate::change::Change;
use crate::refusal::Refusal;
use crate::source::Fault;

/// What became of an answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// It may become the map.
    Change(Change),
    /// It was refused.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The map that it would have been, where one could be built.
        change: Option<Change>,
    },
    /// There was no answer, or none that could be read.
    Failed(Fault),
}
