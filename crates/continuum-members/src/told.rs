//! What has been said already.

use std::collections::VecDeque;

use crate::refusal::Reason;

/// So many refusals are remembered: a source that gives ever new sets that are refused
/// is reported ever again.
const MOST: usize = 64;

/// The refusals since the map last changed.
#[derive(Debug, Default)]
pub(crate) struct Told(VecDeque<(Reason, String)>);

impl Told {
    /// Whether this is said for the first time.
    pub(crate) fn is_new(&mut self, reason: Reason, what: &str) -> bool {
        if self.0.iter().any(|(known, said)| *known == reason && said == what) {
            return false;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((reason, what.to_owned()));
        true
    }

    /// Against another map, a refusal is another one.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
