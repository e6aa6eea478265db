//! What moves between two continuums, from which server to which.

mod exact;
mod matching;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod plan;
mod readdressed;
mod record;
mod records;

pub use matching::Matching;
pub use plan::{OwnedRange, Plan};
pub use readdressed::Readdressed;
pub use record::{Busiest, NamedFlow, PlanRecord};
pub use records::{Counts, Example, Flow, MovedRange, MovedSlot, Moves, Part, ServerChange};
