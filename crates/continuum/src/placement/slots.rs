//! A table of slots: a key's slot is its position modulo their number.

use std::borrow::Cow;

use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::position::Position;
use super::regions::{Regions, Space};

/// Slots in their order, each with its owner or [`NO_OWNER`].
pub(crate) struct Slots {
    owners: Box<[u32]>,
    count: u32,
    order_matters: bool,
}

impl Slots {
    /// Slots past 2³² − 1 are dropped. `order_matters` as in
    /// [`Placement::order_matters`](super::Placement::order_matters): only the
    /// scheme that filled the table knows.
    pub(crate) fn new(mut owners: Vec<u32>, order_matters: bool) -> Self {
        let count = u32::try_from(owners.len()).unwrap_or(u32::MAX);
        owners.truncate(count as usize);
        Self { owners: owners.into_boxed_slice(), count, order_matters }
    }
}

impl<P: Position> Place<P> for Slots {
    #[inline]
    fn place(&self, position: P) -> u32 {
        if self.count == 0 { NO_OWNER } else { self.owners[position.modulo(self.count)] }
    }

    /// Walks up the table from the key's slot, around to where it began.
    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32> {
        if cursor.steps >= self.count {
            return None;
        }
        let mut at = position.modulo(self.count) + cursor.steps as usize;
        if at >= self.owners.len() {
            at -= self.owners.len();
        }
        // Who has no owner has no second choice either: `locate` says the same.
        if cursor.steps == 0 && self.owners[at] == NO_OWNER {
            return None;
        }
        cursor.steps += 1;
        Some(self.owners[at])
    }

    fn hit(&self, position: P) -> Option<Hit> {
        (self.count > 0).then(|| Hit::Slot {
            slot: position.modulo(self.count) as u64,
            of: u64::from(self.count),
        })
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        (self.count > 0).then(|| Regions::Slots { space, owners: Cow::Borrowed(&self.owners) })
    }

    fn order_matters(&self) -> bool {
        self.order_matters
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.owners)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, NO_OWNER, Place, Slots};

    #[test]
    fn positions_wrap_at_the_table_s_end() {
        let slots = Slots::new(vec![2, NO_OWNER, 1], true);
        assert_eq!(slots.place(5_u32), 1);
        assert_eq!(slots.place(u64::MAX), 2);
        assert_eq!(slots.place(1_u128 << 64), NO_OWNER);
        let mut cursor = Cursor::default();
        let walk: Vec<u32> = std::iter::from_fn(|| slots.step(2_u32, &mut cursor)).collect();
        assert_eq!(walk, [1, 2, NO_OWNER]);
        assert_eq!(slots.step(1_u32, &mut Cursor::default()), None);
    }

    #[test]
    fn no_slots_no_owner() {
        let slots = Slots::new(Vec::new(), false);
        assert_eq!(slots.place(7_u32), NO_OWNER);
        assert_eq!(slots.step(7_u32, &mut Cursor::default()), None);
    }
}
