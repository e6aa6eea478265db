//! The absence of an owner.

/// Stands for "no server" among server numbers.
pub(crate) const NO_OWNER: u32 = u32::MAX;
