//! From one map to the next.

use std::sync::Arc;

use continuum::Continuum;
use continuum::Plan;
use continuum_config::{KeyRule, SameKey};

use crate::set::Set;

/// A map that may follow another, and what it moves.
#[derive(Clone, Debug)]
pub struct Change {
    pub(crate) old: Option<Arc<Continuum>>,
    pub(crate) new: Arc<Continuum>,
    pub(crate) plan: Option<Plan>,
    /// What is hashed under the map before.
    pub(crate) old_key: KeyRule,
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

    /// What is hashed of a request, before and after.
    #[must_use]
    pub fn keys(&self) -> [&KeyRule; 2] {
        [&self.old_key, &self.set.key]
    }

    /// Whether what is hashed stays, or is not known of one side.
    #[must_use]
    pub fn is_same_key(&self) -> bool {
        self.old_key.compare(&self.set.key) != SameKey::Different
    }

    /// The share of the keys that move: 0 for the first map, all of them where something
    /// else is hashed.
    #[must_use]
    pub fn moved(&self) -> f64 {
        if self.old.is_some() && !self.is_same_key() {
            return 1.0;
        }
        self.plan.as_ref().map_or(0.0, |plan| plan.moved().min(1.0))
    }
}
