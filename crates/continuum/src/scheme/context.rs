//! What a build is told beside the scheme's options and the servers.

use super::previous::Previous;
use super::trace::Trace;

/// The most points that a ring may hold: 2²⁷, some gigabytes while it is built. Half as many
/// where addresses have 32 bits and there are no more than four. A quarter at positions of 128 bits.
pub(crate) const MOST_POINTS: u64 =
    if cfg!(target_pointer_width = "32") { 1 << 26 } else { 1 << 27 };

/// Why and within which limits a placement is built. None of it changes an answer.
#[derive(Clone, Copy)]
pub(crate) struct BuildContext<'a> {
    /// Set when the build is to tell the label of a point.
    pub(crate) trace: Option<&'a Trace>,
    /// Set when the build follows a change: it may start from what was.
    pub(crate) previous: Option<&'a Previous<'a>>,
    /// A ring of more points is refused.
    pub(crate) most_points: u64,
}

impl<'a> BuildContext<'a> {
    /// Of a build that follows a change: the same answers, sooner.
    pub(crate) fn after(previous: &'a Previous<'a>) -> Self {
        Self { previous: Some(previous), ..Self::default() }
    }
}

impl Default for BuildContext<'_> {
    fn default() -> Self {
        Self { trace: None, previous: None, most_points: MOST_POINTS }
    }
}
