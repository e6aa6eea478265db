//! Exact moves: two maps of one space laid side by side.

use std::collections::BTreeMap;

use super::matching::Union;
use super::records::{MovedRange, MovedSlot, Moves, Sums};
use crate::placement::{Regions, Segment};

/// The moves between two maps of one space, and the space's size. `None` where
/// positions are not equally likely or two tables have no small common multiple.
pub(super) fn exact_moves(
    before: Regions<'_>,
    after: Regions<'_>,
    union: &Union,
    sums: &mut Sums,
) -> Option<(Moves, u128)> {
    let size = before.space().size?;
    match (before, after) {
        (
            Regions::Segments { segments: mut before, .. },
            Regions::Segments { segments: mut after, .. },
        ) => {
            let mut moved: Vec<MovedRange> = Vec::new();
            // What stays, by server: most of a large ring, too much for a tree.
            let mut stays = vec![0_u128; union.servers.len()];
            let (mut left, mut right, mut first) = (before.next(), after.next(), 0_u128);
            while let (Some(old), Some(new)) = (left, right)
                && first < size
            {
                let last = old.last.min(new.last).min(size - 1);
                let (from, to) = (union.number_of_old(old.owner), union.number_of_new(new.owner));
                match from {
                    Some(server) if from == to => stays[server as usize] += last - first + 1,
                    _ => *sums.entry((from, to)).or_default() += last - first + 1,
                }
                if from != to {
                    match moved.last_mut() {
                        Some(range)
                            if range.last + 1 == first && (range.from, range.to) == (from, to) =>
                        {
                            range.last = last;
                        }
                        _ => moved.push(MovedRange { first, last, from, to }),
                    }
                }
                if old.last <= last {
                    left = before.next();
                }
                if new.last <= last {
                    right = after.next();
                }
                let Some(next) = last.checked_add(1) else { break };
                first = next;
            }
            for (server, held) in (0..).zip(stays).filter(|(_, held)| *held > 0) {
                *sums.entry((Some(server), Some(server))).or_default() += held;
            }
            Some((Moves::Ranges(moved), size))
        }
        (Regions::Slots { owners: before, .. }, Regions::Slots { owners: after, .. }) => {
            const MOST: usize = 1 << 24;
            if before.is_empty() || after.is_empty() {
                return None;
            }
            let slots = before.len() / gcd(before.len(), after.len());
            let slots = slots.checked_mul(after.len()).filter(|slots| *slots <= MOST)?;
            let wide = slots as u128;
            let (each, extra) = (size / wide, size % wide);
            let mut moved = Vec::new();
            for slot in 0..slots {
                let from = union.number_of_old(before[slot % before.len()]);
                let to = union.number_of_new(after[slot % after.len()]);
                let held = each + u128::from((slot as u128) < extra);
                *sums.entry((from, to)).or_default() += held;
                if from != to && held > 0 {
                    moved.push(MovedSlot { slot: slot as u64, from, to });
                }
            }
            Some((Moves::Slots { of: slots as u64, moved }, size))
        }
        (Regions::Segments { segments, .. }, Regions::Slots { owners, .. }) => {
            let moves = arcs_and_slots(segments, &owners, size, |segment, slot, held| {
                let flow = (union.number_of_old(segment), union.number_of_new(slot));
                *sums.entry(flow).or_default() += held;
            });
            moves.then_some((Moves::Unknown, size))
        }
        (Regions::Slots { owners, .. }, Regions::Segments { segments, .. }) => {
            let moves = arcs_and_slots(segments, &owners, size, |segment, slot, held| {
                let flow = (union.number_of_old(slot), union.number_of_new(segment));
                *sums.entry(flow).or_default() += held;
            });
            moves.then_some((Moves::Unknown, size))
        }
    }
}

/// A ring beside a table: how many positions each owner of segments shares with each
/// owner of slots. O(segments + owners · slots); false where that is too much.
fn arcs_and_slots(
    segments: impl Iterator<Item = Segment>,
    owners: &[u32],
    size: u128,
    mut held: impl FnMut(u32, u32, u128),
) -> bool {
    const MOST: usize = 1 << 27;
    let slots = owners.len();
    let mut by_owner: BTreeMap<u32, Vec<(u128, u128)>> = BTreeMap::new();
    let mut first = 0;
    for segment in segments {
        let end = segment.last.saturating_add(1).min(size);
        if first < end {
            by_owner.entry(segment.owner).or_default().push((first, end));
        }
        first = end;
    }
    if slots == 0 || by_owner.len().saturating_mul(slots) > MOST {
        return false;
    }
    let slot_of = |position: u128| usize::try_from(position % slots as u128).unwrap_or(0);
    for (owner, ranges) in by_owner {
        // Of each slot the positions that the owner's segments hold: whole turns, and
        // what begins and ends in the middle of one.
        let mut turns = 0;
        let (mut opened, mut closed) = (vec![0_u128; slots + 1], vec![0_u128; slots + 1]);
        for (first, end) in ranges {
            turns += (end - first) / slots as u128;
            let rest = slot_of(end - first);
            let from = slot_of(first);
            opened[from] += 1;
            closed[(from + rest).min(slots)] += 1;
            if from + rest > slots {
                opened[0] += 1;
                closed[from + rest - slots] += 1;
            }
        }
        let mut open = 0;
        for (slot, to) in owners.iter().enumerate() {
            open = open + opened[slot] - closed[slot];
            if turns + open > 0 {
                held(owner, *to, turns + open);
            }
        }
    }
    true
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::arcs_and_slots;
    use crate::placement::Segment;
    use std::collections::BTreeMap;

    /// Against every position in turn.
    #[test]
    fn a_ring_beside_a_table() {
        let mut state = 7_u32;
        let mut random = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for _ in 0..500 {
            let size = u128::from(random(200) + 1);
            let mut segments: Vec<Segment> = Vec::new();
            let mut last = u128::from(random(9));
            while last < size + 5 {
                segments.push(Segment { last, owner: random(4) });
                last += u128::from(random(60) + 1);
            }
            segments.push(Segment { last: size + 9, owner: random(4) });
            let owners: Vec<u32> = (0..=random(30)).map(|_| random(4)).collect();
            let mut counted: BTreeMap<(u32, u32), u128> = BTreeMap::new();
            for position in 0..size {
                let segment = segments.iter().find(|segment| position <= segment.last).unwrap();
                let slot = usize::try_from(position).unwrap() % owners.len();
                *counted.entry((segment.owner, owners[slot])).or_default() += 1;
            }
            let mut found: BTreeMap<(u32, u32), u128> = BTreeMap::new();
            let add = |segment, slot, held| *found.entry((segment, slot)).or_default() += held;
            assert!(arcs_and_slots(segments.into_iter(), &owners, size, add));
            assert!(found.values().all(|held| *held > 0));
            assert_eq!(found, counted);
        }
    }
}
