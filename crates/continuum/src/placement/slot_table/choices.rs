//! The first choice of every slot: the best server, caps not asked.

use crate::hash::splitmix64::{GAMMA, mix};
use crate::hash::word::low32;
use crate::lanes::Level;
use crate::lanes::score::{self as lanes, Columns};
use crate::placement::owner::NO_OWNER;
use crate::placement::rendezvous::{Scored, Scores};

/// Slots whose keys are scored at once: a multiple of any kernel's.
const KEYS: usize = 256;

/// A slot's key: what stands for it when servers score it.
#[inline]
pub(super) fn slot_key(slot: u32) -> u64 {
    mix((u64::from(slot) + 1).wrapping_mul(GAMMA))
}

/// The best score at every slot. O(slots · servers).
pub(super) fn fresh(level: Level, servers: &Columns, slots: u32) -> Vec<Scored> {
    let mut best = vec![Scored::LAST; slots as usize];
    let mut keys = [0; KEYS];
    for (from, best) in (0..slots).step_by(KEYS).zip(best.chunks_mut(KEYS)) {
        let keys = &mut keys[..best.len()];
        for (key, slot) in keys.iter_mut().zip(from..) {
            *key = slot_key(slot);
        }
        lanes::best_of_all(level, servers, keys, |at, score, rank| {
            best[at] = Scored::new(score, rank);
        });
    }
    best
}

/// As [`fresh`], starting from the servers of the choices before a change, whose
/// scores were of the same scale: a slot stays with its
/// first choice unless that is gone or one of the changed servers is better.
///
/// `before` says which number a server had, if it is as it was. `None`: so much
/// has changed that all is scored anew.
/// O(slots · changed servers + slots that lost theirs · servers).
pub(super) fn changed(
    level: Level,
    mut choices: Vec<u32>,
    scores: &Scores,
    before: impl Fn(u32) -> Option<u32>,
) -> Option<Vec<Scored>> {
    let mut ranks = Vec::new();
    let mut arrived = Vec::new();
    for rank in 0..low32(scores.len() as u64) {
        match before(scores.owner(rank)) {
            Some(number) => {
                let number = number as usize;
                ranks.resize(ranks.len().max(number + 1), NO_OWNER);
                ranks[number] = rank;
            }
            None => arrived.push(rank),
        }
    }
    let mut lost = 0;
    for choice in &mut choices {
        *choice = ranks.get(*choice as usize).copied().unwrap_or(NO_OWNER);
        lost += usize::from(*choice == NO_OWNER);
    }
    if arrived.len() * choices.len() + lost * scores.len() > choices.len() * scores.len() / 2 {
        return None;
    }
    let columns = scores.columns();
    let new = columns.only(&arrived);
    let mut best = vec![Scored::LAST; choices.len()];
    let mut unmatched = Vec::with_capacity(lost);
    let (mut keys, mut old_scores) = ([0; KEYS], [0; KEYS]);
    for (from, best) in (0_u32..).step_by(KEYS).zip(best.chunks_mut(KEYS)) {
        let choices = &mut choices[from as usize..][..best.len()];
        let keys = &mut keys[..best.len()];
        for ((key, choice), slot) in keys.iter_mut().zip(&mut *choices).zip(from..) {
            *key = slot_key(slot);
            if *choice == NO_OWNER {
                unmatched.push(slot);
                *choice = 0;
            }
        }
        let old_scores = &mut old_scores[..best.len()];
        lanes::scores_of(level, columns, keys, choices, old_scores);
        for ((best, score), choice) in best.iter_mut().zip(old_scores).zip(choices) {
            *best = Scored::new(*score, *choice);
        }
        if !arrived.is_empty() {
            lanes::best_of_all(level, &new, keys, |at, score, rank| {
                best[at] = best[at].min(Scored::new(score, arrived[rank as usize]));
            });
        }
    }
    for unmatched in unmatched.chunks(KEYS) {
        let keys = &mut keys[..unmatched.len()];
        for (key, slot) in keys.iter_mut().zip(unmatched) {
            *key = slot_key(*slot);
        }
        lanes::best_of_all(level, columns, keys, |at, score, rank| {
            best[unmatched[at] as usize] = Scored::new(score, rank);
        });
    }
    Some(best)
}
