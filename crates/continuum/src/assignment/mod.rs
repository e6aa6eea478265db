//! A table of slots with their copies that is kept, changed in steps, and stored.
//!
//! Imports what resolves keys.

#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod assignment;
mod change;
mod file;
mod fill;
mod holdings;
mod quota;
#[cfg(feature = "serde")]
mod serde;

pub use assignment::Assignment;
pub use change::{Change, SlotMove};
pub use holdings::Holding;
