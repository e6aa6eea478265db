//! A table of slots, each given to a server by weighted rendezvous, no server
//! above its cap.
//!
//! Without caps each slot goes to its best server. With caps the slots and the
//! servers are matched: a server keeps the slots with the lowest scores up to
//! its cap, the others go on to the next server in their own order. Both sides
//! prefer by one number, the score, so there is exactly one stable matching:
//! take all pairs by (score, rank of the server, number of the slot) and give a
//! slot away whenever it is free and the server has room. Any order of proposals
//! ends there.

use std::collections::BinaryHeap;

use super::contract::{Cursor, Hit, NO_OWNER};
use super::hashed::Place;
use super::regions::{Arc, Regions, Space};
use super::score::{Contender, Scores, Standing, split};
use crate::hash::splitmix64::{GAMMA, mix, splitmix64};
use crate::hash::word::low32;
use crate::lanes::Level;
use crate::lanes::score::{self as lanes, Columns};

/// Slots whose keys are scored at once: a multiple of any kernel's.
const KEYS: usize = 256;

/// Owners by slot, as narrow as the number of servers allows; all ones: none.
enum Owners {
    Narrow(Box<[u16]>),
    Wide(Box<[u32]>),
}

/// The most servers that 16 bits can tell apart, one value standing for none.
const NARROW: usize = 65_534;

/// Slots over the 64-bit positions: a slot is a stretch of neighbouring ones.
pub(crate) struct SlotTable {
    owners: Owners,
    slots: u32,
    scores: Scores,
}

/// A slot's key: what stands for it when servers score it.
#[inline]
fn slot_key(slot: u32) -> u64 {
    mix((u64::from(slot) + 1).wrapping_mul(GAMMA))
}

impl SlotTable {
    /// Fills `slots` slots. `contenders` come in the order in which ties fall to
    /// them; `count` is the number of servers in the list; `factor` is what a
    /// server may have of its fair share, in units of 2⁻³², and at least 1, or
    /// `None` for any number of slots. O(slots · servers).
    pub(crate) fn new(
        contenders: &[Contender],
        count: usize,
        slots: u32,
        factor: Option<u64>,
    ) -> Self {
        Self::at(Level::best(), contenders, count, slots, factor)
    }

    /// As [`new`](Self::new); every level fills the same table.
    pub(crate) fn at(
        level: Level,
        contenders: &[Contender],
        count: usize,
        slots: u32,
        factor: Option<u64>,
    ) -> Self {
        let scores = Scores::new(contenders, count);
        let ranks: Vec<u32> = if contenders.is_empty() {
            vec![NO_OWNER; slots as usize]
        } else {
            let best = first_choices(level, scores.columns(), slots);
            match factor {
                None => best.iter().map(|standing| standing.rank()).collect(),
                Some(factor) => settle(level, &scores, &best, &caps(contenders, slots, factor)),
            }
        };
        let owners = ranks.into_iter().map(|rank| scores.owner(rank));
        let owners = if count <= NARROW {
            Owners::Narrow(owners.map(|owner| u16::try_from(owner).unwrap_or(u16::MAX)).collect())
        } else {
            Owners::Wide(owners.collect())
        };
        Self { owners, slots, scores }
    }

    /// The slot of a position: the position's top 32 bits as a fraction of all.
    /// With 2^k slots that is its top k bits.
    #[inline]
    fn slot(&self, position: u64) -> u32 {
        low32(((position >> 32) * u64::from(self.slots)) >> 32)
    }

    #[inline]
    fn owner(&self, slot: u32) -> u32 {
        match &self.owners {
            Owners::Narrow(owners) => widen(owners[slot as usize]),
            Owners::Wide(owners) => owners[slot as usize],
        }
    }
}

#[inline]
fn widen(owner: u16) -> u32 {
    if owner == u16::MAX { NO_OWNER } else { u32::from(owner) }
}

/// The most slots each server may have: its fair part times the factor, rounded
/// to a whole number up or down as the server's own fraction says.
///
/// The fraction (the dither) comes from the server's hash. Were all rounded at
/// one half, all servers of one capacity would gain or lose a slot at the same
/// moment, and one more server in a large set would move a slot of every other.
/// It is centred, from −½ to ½, so that a cap is at most half a slot above its
/// part: with 281 slots a server that is the difference between 1.052 and 1.054.
///
/// The caps hold every slot. Should they sum to fewer, the servers nearest to
/// their next slot get one more each, as if all fractions rose by the same
/// amount, and again if need be. Twice is always enough: the parts sum to at
/// least `slots`, and rounding takes less than one and a half from each.
///
/// All in integers: a sum of floats would depend on its order.
fn caps(contenders: &[Contender], slots: u32, factor: u64) -> Vec<u64> {
    let top = contenders.iter().map(|one| split(one.capacity).1).max().unwrap_or(0);
    let weight = |one: &Contender| {
        let (integer, exponent) = split(one.capacity);
        // Below 2^-52 of the largest a server has no part.
        integer.checked_shr(top.abs_diff(exponent)).unwrap_or(0)
    };
    let sum: u128 = contenders.iter().map(|one| u128::from(weight(one))).sum();
    let room = u128::from(slots) * u128::from(factor);
    let parts: Vec<u128> = contenders
        .iter()
        .map(|one| {
            let dithered =
                room * u128::from(weight(one)) / sum + u128::from(splitmix64(one.hash) >> 32);
            dithered.saturating_sub(1 << 31)
        })
        .collect();
    let mut caps: Vec<u64> =
        parts.iter().map(|part| u64::try_from(part >> 32).unwrap_or(u64::MAX)).collect();
    let held = caps.iter().fold(0_u64, |held, cap| held.saturating_add(*cap));
    let missing = u64::from(slots).saturating_sub(held);
    if missing > 0 {
        let mut nearest: Vec<usize> = (0..parts.len()).collect();
        nearest.sort_by_key(|at| std::cmp::Reverse(parts[*at] & 0xffff_ffff));
        for (at, _) in nearest.into_iter().cycle().zip(0..missing) {
            caps[at] += 1;
        }
    }
    caps
}

/// The best standing at every slot. O(slots · servers).
fn first_choices(level: Level, servers: &Columns, slots: u32) -> Vec<Standing> {
    let mut best = vec![Standing::LAST; slots as usize];
    let mut keys = [0; KEYS];
    for (from, best) in (0..slots).step_by(KEYS).zip(best.chunks_mut(KEYS)) {
        let keys = &mut keys[..best.len()];
        for (key, slot) in keys.iter_mut().zip(from..) {
            *key = slot_key(slot);
        }
        lanes::best_of_all(level, servers, keys, |at, score, rank| {
            best[at] = Standing::new(score, rank);
        });
    }
    best
}

/// The stable matching of slots and servers, as the rank of each slot's server.
/// `best` is each slot's first choice.
fn settle(level: Level, scores: &Scores, best: &[Standing], caps: &[u64]) -> Vec<u32> {
    // Of each server its slots, the worst on top; and the limit below which it
    // would take another: above any if it has room, 0 if its cap is 0.
    let mut lists: Vec<Vec<u64>> = vec![Vec::new(); scores.len()];
    for (slot, standing) in (0_u32..).zip(best) {
        lists[standing.rank() as usize].push(preference(standing.score(), slot));
    }
    let mut held: Vec<BinaryHeap<u64>> = lists.into_iter().map(BinaryHeap::from).collect();
    let mut homeless: Vec<u32> = Vec::new();
    let mut limits = Limits::new(scores.columns());
    for ((held, rank), cap) in held.iter_mut().zip(0..).zip(caps) {
        while held.len() as u64 > *cap {
            homeless.extend(held.pop().map(low32));
        }
        if held.len() as u64 == *cap {
            limits.set(rank, held.peek().copied().unwrap_or(0));
        }
    }
    let mut ranks: Vec<u32> = best.iter().map(|standing| standing.rank()).collect();
    // A limit only ever falls, so a server that would not take a slot now never
    // will, and each slot may go straight to the best that does. One exists: the
    // caps hold all slots, and one slot is in nobody's hands.
    while let Some(slot) = homeless.pop() {
        let found = limits.best(level, scores, slot);
        let rank = found.rank();
        ranks[slot as usize] = rank;
        if found == Standing::LAST {
            continue;
        }
        let held = &mut held[rank as usize];
        held.push(preference(found.score(), slot));
        if held.len() as u64 > caps[rank as usize] {
            homeless.extend(held.pop().map(low32));
        }
        if held.len() as u64 == caps[rank as usize] {
            limits.set(rank as usize, held.peek().copied().unwrap_or(0));
        }
    }
    ranks
}

/// Of each server the preference below which it would take another slot.
struct Limits {
    exact: Vec<u64>,
    /// Their scores, a coarse form of the same: for the kernels, with the padding.
    scores: Vec<f32>,
}

impl Limits {
    /// Everybody takes any slot.
    fn new(servers: &Columns) -> Self {
        let mut scores = vec![f32::INFINITY; servers.len()];
        scores.resize(servers.padded(), 0.0);
        Self { exact: vec![u64::MAX; servers.len()], scores }
    }

    fn set(&mut self, rank: usize, limit: u64) {
        self.exact[rank] = limit;
        self.scores[rank] = f32::from_bits(low32(limit >> 32));
    }

    /// The best standing of a slot among the servers that would take it.
    fn best(&self, level: Level, scores: &Scores, slot: u32) -> Standing {
        let takes = |score, rank: u32| preference(score, slot) < self.exact[rank as usize];
        match lanes::best_below(level, scores.columns(), slot_key(slot), &self.scores) {
            None => Standing::LAST,
            Some((score, rank)) if takes(score, rank) => Standing::new(score, rank),
            // Two slots score alike at this server.
            Some(_) => scores.best_where(slot_key(slot), takes),
        }
    }
}

/// A slot as a server sees it: the lower is better.
#[inline]
fn preference(score: u32, slot: u32) -> u64 {
    u64::from(score) << 32 | u64::from(slot)
}

impl Place<u64> for SlotTable {
    #[inline]
    fn place(&self, position: u64) -> u32 {
        self.owner(self.slot(position))
    }

    fn place_all(&self, positions: &[u64], out: &mut [u32]) {
        match &self.owners {
            Owners::Narrow(owners) => {
                for (position, owner) in positions.iter().zip(out) {
                    *owner = widen(owners[self.slot(*position) as usize]);
                }
            }
            Owners::Wide(owners) => {
                for (position, owner) in positions.iter().zip(out) {
                    *owner = owners[self.slot(*position) as usize];
                }
            }
        }
    }

    /// The owner, then every server by the slot's own scores. O(servers) a step.
    fn step(&self, position: u64, cursor: &mut Cursor) -> Option<u32> {
        let slot = self.slot(position);
        if cursor.steps == 0 {
            cursor.steps = 1;
            return Some(self.owner(slot));
        }
        self.scores.walk(slot_key(slot), cursor)
    }

    fn hit(&self, position: u64) -> Option<Hit> {
        let slot = self.slot(position);
        (self.owner(slot) != NO_OWNER)
            .then(|| Hit::Slot { slot: slot.into(), of: self.slots.into() })
    }

    fn regions(&self, space: Space) -> Option<Regions> {
        let mut arcs: Vec<Arc> = Vec::new();
        for slot in 0..self.slots {
            // The last of the top halves that fall into this slot, and all below.
            let next = (u64::from(slot) + 1) << 32;
            let last = u128::from(next.div_ceil(u64::from(self.slots))) << 32;
            let (last, owner) = (last - 1, self.owner(slot));
            match arcs.last_mut() {
                Some(arc) if arc.owner == owner => arc.last = last,
                _ => arcs.push(Arc { last, owner }),
            }
        }
        Some(Regions::Arcs { space, arcs })
    }

    fn order_matters(&self) -> bool {
        false
    }

    fn memory(&self) -> usize {
        let owners = match &self.owners {
            Owners::Narrow(owners) => size_of_val(&**owners),
            Owners::Wide(owners) => size_of_val(&**owners),
        };
        owners + self.scores.memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contenders(count: u32, capacity: fn(u32) -> f64) -> Vec<Contender> {
        (0..count)
            .map(|owner| Contender {
                hash: splitmix64(u64::from(owner) << 7),
                capacity: capacity(owner),
                owner,
            })
            .collect()
    }

    /// The definition: all pairs by (score, rank, slot), greedily.
    fn greedy(contenders: &[Contender], slots: u32, caps: &[u64]) -> Vec<u32> {
        let scores = Scores::new(contenders, contenders.len());
        let mut pairs = Vec::new();
        for slot in 0..slots {
            let mut behind = None;
            while let Some(standing) = scores.next(slot_key(slot), behind) {
                pairs.push((standing, slot));
                behind = Some(standing);
            }
        }
        pairs.sort();
        let mut room = caps.to_vec();
        let mut owners = vec![NO_OWNER; slots as usize];
        for (standing, slot) in pairs {
            let (owner, room) = (&mut owners[slot as usize], &mut room[standing.rank() as usize]);
            if *owner == NO_OWNER && *room > 0 {
                *owner = standing.rank();
                *room -= 1;
            }
        }
        owners
    }

    #[test]
    fn the_matching_is_the_greedy_one() {
        for (count, slots) in [(1, 7), (3, 64), (10, 100), (40, 97), (100, 50)] {
            for factor in [1 << 32, (1 << 32) + (1 << 28), 3 << 31] {
                let list = contenders(count, |n| [1.0, 2.0, 4.0, 0.001][n as usize % 4]);
                let caps = caps(&list, slots, factor);
                let table = SlotTable::new(&list, list.len(), slots, Some(factor));
                let owners: Vec<u32> = (0..slots).map(|slot| table.owner(slot)).collect();
                assert_eq!(owners, greedy(&list, slots, &caps), "{count} {slots} {factor}");
            }
        }
    }

    #[test]
    fn caps_hold_every_slot() {
        for count in [1, 2, 3, 100, 1000, 5000] {
            for slots in [1, 2, 64, 1000] {
                for capacity in [
                    (|_| 1.0) as fn(u32) -> f64,
                    |n| f64::from(n % 7 + 1),
                    |n| if n == 0 { f64::MAX } else { f64::MIN_POSITIVE },
                ] {
                    let list = contenders(count, capacity);
                    let held: u64 = caps(&list, slots, 1 << 32).iter().sum();
                    assert!(held >= u64::from(slots), "{count} {slots} {held}");
                    let table = SlotTable::new(&list, list.len(), slots, Some(1 << 32));
                    assert!((0..slots).all(|slot| table.owner(slot) != NO_OWNER));
                }
            }
        }
    }

    #[test]
    fn caps_are_near_the_fair_part() {
        let list = contenders(100, |n| f64::from(n % 3 + 1));
        let sum: f64 = list.iter().map(|one| one.capacity).sum();
        for (one, cap) in list.iter().zip(caps(&list, 65_536, (1 << 32) + (1 << 28))) {
            let part = 65_536.0 * (1.0 + 1.0 / 16.0) * one.capacity / sum;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let cap = cap as f64;
            assert!(cap > part - 1.5 && cap <= part + 0.5, "{cap} {part}");
        }
    }

    #[test]
    fn slots_are_stretches_of_positions() {
        let list = contenders(9, |_| 1.0);
        for slots in [1, 2, 3, 64, 100] {
            let table = SlotTable::new(&list, 9, slots, None);
            let space = Space { hash: "test".to_owned(), size: Some(1 << 64) };
            let Some(Regions::Arcs { arcs, .. }) = table.regions(space) else { unreachable!() };
            assert_eq!(arcs.last().map(|arc| arc.last), Some(u128::from(u64::MAX)));
            let near = arcs.iter().flat_map(|arc| {
                let last = u64::try_from(arc.last).unwrap();
                [last, last.wrapping_add(1)]
            });
            for position in near.chain((0..5000).map(splitmix64)) {
                let at = arcs.partition_point(|arc| arc.last < u128::from(position));
                assert_eq!(arcs[at].owner, table.place(position));
            }
        }
    }

    #[test]
    fn many_servers_need_wide_owners() {
        let list = contenders(70_000, |_| 1.0);
        let wide = SlotTable::new(&list, list.len(), 64, Some(1 << 32));
        assert!(matches!(wide.owners, Owners::Wide(_)));
        assert!((0..64).any(|slot| wide.owner(slot) > 65_535));
        assert!((0..64).all(|slot| wide.owner(slot) != NO_OWNER));
        let none = SlotTable::new(&[], 3, 64, None);
        assert_eq!(none.place(0), NO_OWNER);
        assert_eq!(none.step(0, &mut Cursor::default()), Some(NO_OWNER));
    }
}
