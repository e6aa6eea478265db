//! What became of a key that was in hand.

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Moved,
    Vanished,
    /// Both are where they were.
    Conflict,
    /// The new owner's stayed, the old one is deleted.
    Yielded,
    Changed,
    /// The new owner had it a moment ago, and has it no more: here it still is.
    Missing,
    OnlyCopy,
    Failed,
}
