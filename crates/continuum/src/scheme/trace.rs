//! The trace: how a build tells whose label a point is, without storing labels.

use std::cell::RefCell;

/// Asks a build for the label of one point: where it stands, and its server.
pub(crate) struct Trace {
    position: u128,
    owner: u32,
    found: RefCell<Option<PointLabel>>,
}

/// What a point was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PointLabel {
    /// The text that was hashed, or the point's name where no text was.
    pub(crate) text: String,
    /// Which word of the digest it is, where a digest gives several points.
    pub(crate) word: Option<u32>,
}

impl Trace {
    pub(crate) fn new(position: u128, owner: u32) -> Self {
        Self { position, owner, found: RefCell::default() }
    }

    /// Shows a point to the trace. Of several that fit, the first is kept.
    pub(crate) fn see(&self, position: u128, owner: u32, label: impl FnOnce() -> PointLabel) {
        if (position, owner) == (self.position, self.owner) {
            self.found.borrow_mut().get_or_insert_with(label);
        }
    }

    pub(crate) fn into_label(self) -> Option<PointLabel> {
        self.found.into_inner()
    }
}
