//! Servers side by side, each as wide as its weight: a key's place is its position
//! modulo the sum of weights.

use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::position::Position;
use super::regions::{Regions, Space};

/// Ends of the servers' stretches, in the order of the list.
pub(crate) struct Shares {
    ends: Box<[u64]>,
}

impl Shares {
    /// Servers 0 and up by their weights, whose sum must be below 2^64.
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut end = 0_u64;
        let ends = weights
            .into_iter()
            .map(|weight| {
                end = end.saturating_add(weight);
                end
            })
            .collect();
        Self { ends }
    }

    /// The sum of weights.
    pub(crate) fn total(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The owner of a place below the sum.
    pub(crate) fn owner(&self, place: u64) -> u32 {
        let at = self.ends.partition_point(|end| *end <= place);
        if at < self.ends.len() { u32::try_from(at).unwrap_or(NO_OWNER) } else { NO_OWNER }
    }

    /// No program names a second choice: from the owner of `place` through the list.
    pub(crate) fn walk(
        &self,
        place: impl FnOnce() -> Option<u64>,
        cursor: &mut Cursor,
    ) -> Option<u32> {
        if cursor.steps == 0 {
            cursor.mark = self.owner(place()?).into();
        }
        let count = self.ends.len() as u64;
        while u64::from(cursor.steps) < count {
            let at = (cursor.mark + u64::from(cursor.steps)) % count;
            cursor.steps += 1;
            let at = usize::try_from(at).ok()?;
            let before = at.checked_sub(1).map_or(0, |before| self.ends[before]);
            if self.ends[at] > before {
                return u32::try_from(at).ok();
            }
        }
        None
    }

    fn rest<P: Position>(&self, position: P) -> Option<u64> {
        let rest = position.wide().checked_rem(self.total().into())?;
        u64::try_from(rest).ok()
    }
}

impl<P: Position> Place<P> for Shares {
    fn place(&self, position: P) -> u32 {
        self.rest(position).map_or(NO_OWNER, |rest| self.owner(rest))
    }

    fn step(&self, position: P, cursor: &mut Cursor) -> Option<u32> {
        self.walk(|| self.rest(position), cursor)
    }

    fn hit(&self, position: P) -> Option<Hit> {
        Some(Hit::Slot { slot: self.rest(position)?, of: self.total() })
    }

    fn regions(&self, _space: Space) -> Option<Regions<'_>> {
        None
    }

    fn expected_shares(&self, _count: usize) -> Option<Vec<f64>> {
        let mut from = 0;
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
        let share = |end: &u64| {
            let width = end - from;
            from = *end;
            width as f64 / self.total().max(1) as f64
        };
        Some(self.ends.iter().map(share).collect())
    }

    fn order_matters(&self) -> bool {
        self.ends.len() > 1
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_open_stretches_and_none_for_weight_0() {
        let shares = Shares::new([3, 0, 2]);
        let owners: Vec<u32> = (0..6_u64).map(|position| shares.place(position)).collect();
        assert_eq!(owners, [0, 0, 0, 2, 2, 0]);
        assert_eq!(Shares::new([0, 0]).place(7_u64), NO_OWNER);
        assert_eq!(Shares::new([]).place(7_u64), NO_OWNER);
    }
}
