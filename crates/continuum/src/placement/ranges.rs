//! A list cut into equal ranges of a 32-bit hash: server `hash * servers / 0xffffffff`,
//! rounded down, in 64 bits.

use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::regions::{Regions, Space};

/// The largest hash: it names a server behind the last, which there is not.
const LARGEST: u64 = u32::MAX as u64;

/// Servers 0 to `count` - 1, each with one range.
pub(crate) struct Ranges {
    count: u32,
}

impl Ranges {
    /// A set holds fewer servers than 32 bits number.
    pub(crate) fn new(servers: usize) -> Self {
        Self { count: u32::try_from(servers).unwrap_or(u32::MAX) }
    }

    fn number(&self, hash: u32) -> Option<u32> {
        let number = u64::from(hash) * u64::from(self.count) / LARGEST;
        u32::try_from(number).ok().filter(|number| *number < self.count)
    }
}

impl Place<u32> for Ranges {
    #[inline]
    fn place(&self, position: u32) -> u32 {
        self.number(position).unwrap_or(NO_OWNER)
    }

    /// On through the list, around to where it began.
    fn step(&self, position: u32, cursor: &mut Cursor) -> Option<u32> {
        let first = self.number(position).filter(|_| cursor.steps < self.count)?;
        let number = (u64::from(first) + u64::from(cursor.steps)) % u64::from(self.count);
        cursor.steps += 1;
        u32::try_from(number).ok()
    }

    fn hit(&self, position: u32) -> Option<Hit> {
        let bucket = self.number(position)?;
        Some(Hit::Bucket { bucket: bucket.into(), of: self.count.into() })
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        if self.count == 0 {
            return None;
        }
        // Range n ends before the least hash of the next.
        let least = |number: u64| (number * LARGEST).div_ceil(u64::from(self.count));
        let mut lasts: Vec<u32> = (1..=u64::from(self.count))
            .filter_map(|next| u32::try_from(least(next) - 1).ok())
            .collect();
        lasts.push(u32::MAX);
        lasts.dedup();
        Some(Regions::of_borders(space, lasts, |last| self.place(last)))
    }

    fn order_matters(&self) -> bool {
        self.count > 1
    }

    fn memory(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_OWNER, Place as _, Ranges, Regions, Space};

    #[test]
    fn ranges_and_their_borders() {
        for count in [1_u32, 2, 3, 7, 100, 65_537] {
            let ranges = Ranges::new(count as usize);
            assert_eq!((ranges.place(0), ranges.place(u32::MAX)), (0, NO_OWNER));
            assert_eq!(ranges.place(u32::MAX - 1), count - 1);
            let space = Space { hash: "test".to_owned(), size: Some(1 << 32) };
            let Some(Regions::Segments { segments: arcs, .. }) = ranges.regions(space) else {
                unreachable!()
            };
            let arcs: Vec<_> = arcs.collect();
            assert_eq!(arcs.len(), count as usize + 1);
            for pair in arcs.windows(2) {
                let last = u32::try_from(pair[0].last).unwrap();
                assert_eq!(
                    (ranges.place(last), ranges.place(last + 1)),
                    (pair[0].owner, pair[1].owner)
                );
            }
        }
        assert_eq!(Ranges::new(0).place(7), NO_OWNER);
    }
}
