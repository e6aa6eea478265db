//! A whole map as data: which part of the hash space each server owns.

use std::borrow::Cow;

use super::owner::NO_OWNER;
use super::position::Position;

/// The space that a key hash maps into.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Space {
    /// The hash and all that decides it (seed, tag rule): two maps with equal
    /// spaces put every key on the same position, but perhaps the empty one.
    pub(crate) hash: String,
    /// Positions are `0..size`, equally likely. `None`: they are not, and
    /// shares over the space say nothing about keys.
    pub(crate) size: Option<u128>,
}

/// A map from a hash space to server numbers.
pub(crate) enum Regions<'m> {
    /// Neighbouring segments, made as they are asked for: a ring may have many
    /// millions of them.
    Segments { space: Space, segments: Segments<'m> },
    /// Slot `position % owners.len()`.
    Slots { space: Space, owners: Cow<'m, [u32]> },
}

/// Segments in ascending order. Each ends at `last`, included; the final one ends at
/// the space's end. Neighbours have different owners.
pub(crate) type Segments<'m> = Box<dyn Iterator<Item = Segment> + 'm>;

/// A segment of a ring, from behind the segment before up to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) last: u128,
    pub(crate) owner: u32,
}

/// 2^128 does not fit a u128: the widest space is counted one short, which is
/// far below the rounding of any share.
pub(crate) fn space_size(bits: u32) -> u128 {
    1_u128.checked_shl(bits).unwrap_or(u128::MAX)
}

/// The shares of `count` servers that own as much as each other.
pub(super) fn equal_shares(count: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "at most 2^32 servers")]
    let share = 1.0 / count as f64;
    vec![share; count]
}

/// Neighbours of one owner joined, of stretches in ascending order.
struct Joined<I> {
    stretches: I,
    open: Option<Segment>,
}

impl<I: Iterator<Item = Segment>> Iterator for Joined<I> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        for next in self.stretches.by_ref() {
            match &mut self.open {
                Some(open) if open.owner == next.owner => open.last = next.last,
                open => {
                    if let Some(done) = open.replace(next) {
                        return Some(done);
                    }
                }
            }
        }
        self.open.take()
    }
}

impl<'m> Regions<'m> {
    /// The map of a ring from every position at which its owner may change: the
    /// last one of each segment, in ascending order.
    pub(crate) fn of_borders<P: Position>(
        space: Space,
        lasts: impl IntoIterator<Item = P, IntoIter: 'm>,
        place: impl Fn(P) -> u32 + 'm,
    ) -> Self {
        let stretch = move |last: P| Segment { last: last.wide(), owner: place(last) };
        Self::of_stretches(space, lasts.into_iter().map(stretch))
    }

    /// The map of stretches that follow each other; neighbours may have one owner.
    pub(crate) fn of_stretches(
        space: Space,
        stretches: impl Iterator<Item = Segment> + 'm,
    ) -> Self {
        Self::Segments { space, segments: Box::new(Joined { stretches, open: None }) }
    }

    pub(crate) fn space(&self) -> &Space {
        match self {
            Self::Segments { space, .. } | Self::Slots { space, .. } => space,
        }
    }

    /// The exact share of each of `count` servers, if positions are equally
    /// likely. What nobody owns is in no share.
    pub(crate) fn shares(self, count: usize) -> Option<Vec<f64>> {
        let size = self.space().size?;
        let mut held = vec![0_u128; count];
        match self {
            Self::Segments { segments, .. } => {
                let mut from = 0;
                for segment in segments {
                    let end = segment.last.saturating_add(1).min(size);
                    if segment.owner != NO_OWNER {
                        held[segment.owner as usize] += end.saturating_sub(from);
                    }
                    from = end.max(from);
                }
            }
            Self::Slots { owners, .. } => {
                let slots = owners.len() as u128;
                let (each, extra) = (size / slots, size % slots);
                for (slot, owner) in (0_u128..).zip(&*owners) {
                    if *owner != NO_OWNER {
                        held[*owner as usize] += each + u128::from(slot < extra);
                    }
                }
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 53 bits")]
        Some(held.into_iter().map(|held| held as f64 / size as f64).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_OWNER, Regions, Segment, Space};

    fn space(size: u128) -> Space {
        Space { hash: "test".to_owned(), size: Some(size) }
    }

    #[test]
    fn arcs_are_cut_at_the_space_s_end() {
        let segments = [
            Segment { last: 24, owner: 0 },
            Segment { last: 49, owner: NO_OWNER },
            Segment { last: 1 << 32, owner: 1 },
        ];
        let shares = Regions::of_stretches(space(100), segments.into_iter()).shares(2).unwrap();
        assert_eq!(shares, [0.25, 0.5]);
    }

    #[test]
    fn neighbours_of_one_owner_are_joined() {
        let owners = [3, 3, 1, 1, 1, 3];
        let place = |last: u32| owners[last as usize / 10];
        let regions = Regions::of_borders(space(60), [9_u32, 19, 29, 39, 49, 59], place);
        let Regions::Segments { segments, .. } = regions else { unreachable!() };
        let found: Vec<(u128, u32)> = segments.map(|one| (one.last, one.owner)).collect();
        assert_eq!(found, [(19, 3), (49, 1), (59, 3)]);
    }

    #[test]
    fn slots_count_the_remainder() {
        let owners = vec![0, 1, 1].into();
        let shares = Regions::Slots { space: space(10), owners }.shares(2).unwrap();
        // Positions 0..10 over three slots: 4, 3 and 3.
        assert_eq!(shares, [0.4, 0.6]);
    }
}
