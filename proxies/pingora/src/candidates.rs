//! Candidates: the backends of a key in its order of preference.

use std::sync::Arc;

use pingora_load_balancing::Backend;
use pingora_load_balancing::selection::BackendIter;
use smallvec::SmallVec;

use crate::map::Map;

/// The backends in the order in which a key prefers them: the owner first, each once,
/// none of weight 0.
///
/// The first is a look-up. What comes after it is found in stretches, each four times
/// as long as the last: an iterator of pingora cannot borrow the map that it walks.
#[derive(Debug)]
pub struct Candidates {
    map: Arc<Map>,
    key: SmallVec<[u8; 128]>,
    order: Vec<u32>,
    given: usize,
}

impl Candidates {
    pub(crate) fn new(map: Arc<Map>, key: &[u8]) -> Self {
        Self { map, key: SmallVec::from_slice(key), order: Vec::new(), given: 0 }
    }

    fn next_index(&mut self) -> Option<u32> {
        let continuum = self.map.continuum.as_ref()?;
        if self.given == 0 {
            self.given = 1;
            return continuum.resolve_index(&self.key);
        }
        if self.given >= self.order.len() {
            let wanted = self.order.len().max(1).saturating_mul(4);
            let mut candidates = continuum.candidates(&self.key);
            self.order.clear();
            self.order.extend(std::iter::from_fn(|| candidates.next_index()).take(wanted));
        }
        let index = self.order.get(self.given).copied()?;
        self.given += 1;
        Some(index)
    }
}

impl BackendIter for Candidates {
    fn next(&mut self) -> Option<&Backend> {
        loop {
            let index = self.next_index()?;
            if self.map.offered(index).is_some() {
                return self.map.offered(index);
            }
        }
    }
}
