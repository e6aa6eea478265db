//! What moves between two continuums, from which server to which.

mod exact;
mod matching;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod plan;

pub use matching::Matching;
pub use plan::{
    Counts, Example, Flow, MovedRange, MovedSlot, Moves, OwnedRange, Part, Plan, ServerChange,
};
