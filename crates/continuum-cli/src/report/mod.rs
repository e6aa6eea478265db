//! What commands find, as data: the JSON of each is what serde makes of it.
//! Imports `words`, and nothing that reads or prints.

mod advise;
mod alone;
mod assign;
mod balance;
mod clients;
mod compare;
pub(crate) mod down;
mod gate;
mod identify;
mod key;
mod lint;
mod matched;
mod plan;
pub(crate) mod readdressed;
#[cfg(feature = "move")]
mod relocated;
mod schemes;
mod verify;
#[cfg(feature = "watch")]
mod watched;
mod whole_plan;

pub(crate) use advise::{Advised, Figures};
pub(crate) use alone::{Alone, Lack};
pub(crate) use assign::{Held, Holdings, KeySlot, KeySlots, Move, Moved, Moves};
pub(crate) use balance::{AdviceRow, Balance, Heavy, PoolBalance, ServerShare};
pub(crate) use clients::{ClientRow, Clients};
pub(crate) use compare::{Comparison, Difference, Differing, Examples};
pub(crate) use gate::Gate;
pub(crate) use identify::{Identified, SchemeRow, Wrong};
pub(crate) use key::KeyRow;
pub(crate) use lint::{Finding, Findings};
pub(crate) use matched::matching_note;
pub(crate) use plan::{PoolPlan, Range, Reference, change, ranges};
#[cfg(feature = "move")]
pub(crate) use relocated::{CountRow, Relocated};
pub(crate) use schemes::{Listed, SchemeReport};
pub(crate) use verify::{SetRow, Verified};
#[cfg(feature = "watch")]
pub(crate) use watched::Watched;
pub(crate) use whole_plan::PlanReport;
