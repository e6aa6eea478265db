//! The first choice of every slot: the best server, caps not asked.

use super::contract::NO_OWNER;
use super::score::{Scores, Standing};
use super::slot_table::{SlotTable, slot_key};
use crate::hash::word::low32;
use crate::lanes::Level;
use crate::lanes::score::{self as lanes, Columns};

/// Slots whose keys are scored at once: a multiple of any kernel's.
const KEYS: usize = 256;

/// The best standing at every slot. O(slots · servers).
pub(super) fn fresh(level: Level, servers: &Columns, slots: u32) -> Vec<Standing> {
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

/// As [`fresh`], starting from the choices before a change: a slot stays with its
/// first choice unless that is gone or one of the changed servers is better.
///
/// `before` says which number a server had, if it is as it was. `None`: so much
/// has changed that all is scored anew, or the scale of the scores is another.
/// O(slots · changed servers + slots that lost theirs · servers).
pub(super) fn changed(
    level: Level,
    old: &SlotTable,
    scores: &Scores,
    before: impl Fn(u32) -> Option<u32>,
) -> Option<Vec<Standing>> {
    if scores.top() != old.scores().top() {
        return None;
    }
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
    let mut choices = old.first_choices();
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
    let mut best = vec![Standing::LAST; choices.len()];
    let mut orphans = Vec::with_capacity(lost);
    let (mut keys, mut old_scores) = ([0; KEYS], [0; KEYS]);
    for (from, best) in (0_u32..).step_by(KEYS).zip(best.chunks_mut(KEYS)) {
        let choices = &mut choices[from as usize..][..best.len()];
        let keys = &mut keys[..best.len()];
        for ((key, choice), slot) in keys.iter_mut().zip(&mut *choices).zip(from..) {
            *key = slot_key(slot);
            if *choice == NO_OWNER {
                orphans.push(slot);
                *choice = 0;
            }
        }
        let old_scores = &mut old_scores[..best.len()];
        lanes::scores_of(level, columns, keys, choices, old_scores);
        for ((best, score), choice) in best.iter_mut().zip(old_scores).zip(choices) {
            *best = Standing::new(*score, *choice);
        }
        if !arrived.is_empty() {
            lanes::best_of_all(level, &new, keys, |at, score, rank| {
                best[at] = best[at].min(Standing::new(score, arrived[rank as usize]));
            });
        }
    }
    for orphans in orphans.chunks(KEYS) {
        let keys = &mut keys[..orphans.len()];
        for (key, slot) in keys.iter_mut().zip(orphans) {
            *key = slot_key(*slot);
        }
        lanes::best_of_all(level, columns, keys, |at, score, rank| {
            best[orphans[at] as usize] = Standing::new(score, rank);
        });
    }
    Some(best)
}
