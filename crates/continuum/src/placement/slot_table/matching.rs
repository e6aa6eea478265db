//! Slots and servers matched: the caps of servers, and who gets which slot.

use std::collections::BinaryHeap;

use super::choices::slot_key;
use crate::hash::splitmix64::splitmix64;
use crate::hash::word::low32;
use crate::lanes::Level;
use crate::lanes::score::{self as lanes, Columns};
use crate::placement::owner::NO_OWNER;
use crate::placement::rendezvous::{Contender, Scored, Scores, split};

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
pub(super) fn caps(contenders: &[Contender], slots: u32, factor: u64) -> Vec<u64> {
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

/// The slots that a server holds tentatively, in its own order of preference.
enum Tentative {
    /// Fewer than its cap.
    Room(Vec<u64>),
    /// As many as its cap, the worst on top.
    Full(BinaryHeap<u64>),
}

/// The stable matching of slots and servers, as the rank of each slot's server.
/// `best` is each slot's first choice.
pub(super) fn match_slots(
    level: Level,
    scores: &Scores,
    best: &[Scored],
    caps: &[u64],
) -> Vec<u32> {
    let mut ranks: Vec<u32> = best.iter().map(|scored| scored.rank()).collect();
    let mut counts = vec![0_usize; scores.len()];
    for rank in &ranks {
        counts[*rank as usize] += 1;
    }
    let mut lists: Vec<Vec<u64>> = counts.into_iter().map(Vec::with_capacity).collect();
    for (slot, scored) in (0_u32..).zip(best) {
        lists[scored.rank() as usize].push(preference(scored.score(), slot));
    }
    let mut limits = Limits::new(scores.columns());
    let mut unmatched: Vec<u32> = Vec::new();
    let mut held: Vec<Tentative> = Vec::with_capacity(lists.len());
    for (rank, (list, cap)) in lists.into_iter().zip(caps).enumerate() {
        if (list.len() as u64) < *cap {
            held.push(Tentative::Room(list));
            continue;
        }
        let mut heap = BinaryHeap::from(list);
        while heap.len() as u64 > *cap {
            unmatched.extend(heap.pop().map(low32));
        }
        limits.set(rank, heap.peek().copied());
        held.push(Tentative::Full(heap));
    }
    // A limit only ever falls, so a server that would not take a slot now never
    // will, and each slot may go straight to the best that does. One exists: the
    // caps hold all slots, and one slot is held by nobody.
    while let Some(slot) = unmatched.pop() {
        let found = limits.best(level, scores, slot);
        if found == Scored::LAST {
            ranks[slot as usize] = NO_OWNER;
            continue;
        }
        let rank = found.rank() as usize;
        ranks[slot as usize] = found.rank();
        let preference = preference(found.score(), slot);
        match &mut held[rank] {
            Tentative::Room(list) => {
                list.push(preference);
                if list.len() as u64 == caps[rank] {
                    let heap = BinaryHeap::from(std::mem::take(list));
                    limits.set(rank, heap.peek().copied());
                    held[rank] = Tentative::Full(heap);
                }
            }
            Tentative::Full(heap) => {
                // It takes the slot for a better one than its worst.
                if let Some(mut worst) = heap.peek_mut() {
                    unmatched.push(low32(*worst));
                    *worst = preference;
                }
                limits.set(rank, heap.peek().copied());
            }
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

    /// The server is full: of a better slot than its worst there is none if its
    /// cap is 0.
    fn set(&mut self, rank: usize, worst: Option<u64>) {
        let limit = worst.unwrap_or(0);
        self.exact[rank] = limit;
        self.scores[rank] = f32::from_bits(low32(limit >> 32));
    }

    /// The best score of a slot among the servers that would take it.
    fn best(&self, level: Level, scores: &Scores, slot: u32) -> Scored {
        let takes = |score, rank: u32| preference(score, slot) < self.exact[rank as usize];
        match lanes::best_below(level, scores.columns(), slot_key(slot), &self.scores) {
            None => Scored::LAST,
            Some((score, rank)) if takes(score, rank) => Scored::new(score, rank),
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
