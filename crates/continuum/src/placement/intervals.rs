//! A line cut into intervals, one a server in the order of the list: a position belongs
//! to the first that ends above it.

use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::regions::{Regions, Space};

/// Intervals over the positions of 32 bits.
pub(crate) struct Intervals {
    /// Where each server's interval ends, itself left out; never falling.
    ends: Box<[u64]>,
}

impl Intervals {
    pub(crate) fn new(ends: impl IntoIterator<Item = u64>) -> Self {
        Self { ends: ends.into_iter().collect() }
    }

    pub(crate) fn servers(&self) -> usize {
        self.ends.len()
    }
}

impl Place<u32> for Intervals {
    #[inline]
    fn place(&self, position: u32) -> u32 {
        let index = self.ends.partition_point(|end| *end <= u64::from(position));
        if index < self.ends.len() { u32::try_from(index).unwrap_or(NO_OWNER) } else { NO_OWNER }
    }

    /// The servers behind the owner, around the list.
    fn step(&self, position: u32, cursor: &mut Cursor) -> Option<u32> {
        let first = self.place(position);
        let count = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        if first == NO_OWNER || cursor.steps >= count {
            return None;
        }
        let at = (u64::from(first) + u64::from(cursor.steps)) % u64::from(count);
        cursor.steps += 1;
        u32::try_from(at).ok()
    }

    fn hit(&self, position: u32) -> Option<Hit> {
        let owner = self.place(position);
        (owner != NO_OWNER)
            .then(|| Hit::Bucket { bucket: owner.into(), of: self.ends.len() as u64 })
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        let ends = self.ends.iter().filter_map(|end| u32::try_from(end.checked_sub(1)?).ok());
        let mut lasts: Vec<u32> = ends.chain([u32::MAX]).collect();
        lasts.dedup();
        Some(Regions::of_borders(space, lasts, |last| self.place(last)))
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
    use super::{Intervals, NO_OWNER, Place};

    #[test]
    fn the_first_that_ends_above() {
        let line = Intervals::new([10, 10, 12]);
        let owners: Vec<u32> = [0, 9, 10, 11, 12, u32::MAX].map(|at| line.place(at)).to_vec();
        assert_eq!(owners, [0, 0, 2, 2, NO_OWNER, NO_OWNER]);
        assert_eq!(Intervals::new([1 << 32]).place(u32::MAX), 0);
    }
}
