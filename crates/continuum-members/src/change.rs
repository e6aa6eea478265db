//! From one map to the next.

use std::sync::Arc;

use continuum::Continuum;
use continuum::Plan;

use crate::set::Set;

/// A map that may follow another, and what it moves.
#[derive(Clone, Debug)]
pub struct Change {
    pub(crate) old: Option<Arc<Continuum>>,
    pub(crate) new: Arc<Continuum>,
    pub(crate) plan: Option<Plan>,
    /// As the source said it.
    pub(crate) set: Set,
}

impl Change {
    /// The map before; none where this is the first.
    #[must_use]
    pub fn old(&self) -> Option<&Arc<Continuum>> {
        self.old.as_ref()
    }

    /// The map after.
    #[must_use]
    pub fn new_map(&self) -> &Arc<Continuum> {
        &self.new
    }

    /// What moves between the two; none where this is the first map.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// The share of the keys that move: 0 for the first map.
    #[must_use]
    pub fn moved(&self) -> f64 {
        self.plan.as_ref().map_or(0.0, |plan| plan.moved().min(1.0))
    }
}
