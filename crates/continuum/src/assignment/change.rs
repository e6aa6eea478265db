//! Change: which slots move, all at once or some at a time.

use std::collections::BTreeMap;

use super::assignment::{Assignment, present};
use super::fill;
use crate::error::{Error, Kind};

/// Slots that move from some servers to others: one step of a change, or the
/// difference between two assignments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    servers: Vec<Box<str>>,
    moves: Vec<SlotMove>,
    least: u64,
    left: u64,
}

/// One slot before and after, as numbers in [`Change::servers`], owner first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotMove {
    /// The slot.
    pub slot: u32,
    /// Who held it.
    pub before: Vec<u32>,
    /// Who will hold it.
    pub after: Vec<u32>,
}

impl SlotMove {
    /// Whether the slot gets another owner.
    #[must_use]
    pub fn owner_changes(&self) -> bool {
        self.before.first() != self.after.first()
    }

    /// The servers that get the slot's data and did not have it.
    pub fn copied_to(&self) -> impl Iterator<Item = u32> + '_ {
        self.after.iter().copied().filter(|server| !self.before.contains(server))
    }
}

impl Change {
    /// The identities of all servers of either side.
    #[must_use]
    pub fn servers(&self) -> &[Box<str>] {
        &self.servers
    }

    /// The slots that move, ascending.
    #[must_use]
    pub fn moves(&self) -> &[SlotMove] {
        &self.moves
    }

    /// How many slots get another owner.
    #[must_use]
    pub fn owners_changed(&self) -> u64 {
        self.moves.iter().filter(|slot| slot.owner_changes()).count() as u64
    }

    /// How many times a slot's data goes to a server that does not have it.
    #[must_use]
    pub fn copied(&self) -> u64 {
        self.moves.iter().map(|slot| slot.copied_to().count() as u64).sum()
    }

    /// The fewest slots that must get another owner until servers are balanced,
    /// those left for later steps included.
    #[must_use]
    pub fn least(&self) -> u64 {
        self.least
    }

    /// How many slots are left to move after this step.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The slots whose holders differ between two assignments. Servers are
    /// matched by identity. [`least`](Self::least) is that of the second's
    /// balance: what it would take from the first to give each server as many
    /// slots as it owns in the second.
    ///
    /// # Errors
    /// They have not the same number of slots.
    pub fn between(old: &Assignment, new: &Assignment) -> Result<Self, Error> {
        if old.slots != new.slots {
            return Err(Error::new(
                Kind::Assignment,
                format!(
                    "the two have no slots in common: one has {} of them, the other {}",
                    old.slots, new.slots
                ),
            ));
        }
        let mut servers = Vec::new();
        let mut numbers = BTreeMap::new();
        let mut union = |assignment: &Assignment| -> Vec<u32> {
            let mut map = Vec::new();
            for server in &assignment.servers {
                let identity: Box<str> = server.identity().into();
                let next = u32::try_from(servers.len()).unwrap_or(u32::MAX);
                map.push(*numbers.entry(identity.clone()).or_insert_with(|| {
                    servers.push(identity);
                    next
                }));
            }
            map
        };
        let (before, after) = (union(old), union(new));
        let row = |assignment: &Assignment, map: &[u32], slot| -> Vec<u32> {
            assignment.holders(slot).iter().map(|server| map[*server as usize]).collect()
        };
        let mut net = vec![0_i64; servers.len()];
        let mut moves = Vec::new();
        for slot in 0..old.slots {
            let (before, after) = (row(old, &before, slot), row(new, &after, slot));
            if before != after {
                net[before[0] as usize] -= 1;
                net[after[0] as usize] += 1;
                moves.push(SlotMove { slot, before, after });
            }
        }
        let least = net.iter().map(|net| net.max(&0).unsigned_abs()).sum();
        Ok(Self { servers, moves, least, left: 0 })
    }
}

impl Assignment {
    /// The step that [`change`](Self::change) would make, without making it.
    ///
    /// # Errors
    /// No server has capacity.
    pub fn next_change(&self, limit: Option<u64>) -> Result<Change, Error> {
        let Some(target) = fill::target(self) else {
            return Err(Error::new(
                Kind::Assignment,
                "no server can take slots: every one has capacity 0 or is to be removed",
            ));
        };
        let width = self.copies as usize;
        let rows = self.table.chunks(width).zip(target.table.chunks(width));
        let mut moves: Vec<(u8, SlotMove)> = (0..)
            .zip(rows)
            .filter(|(_, (before, after))| before != after)
            .map(|(slot, (before, after))| {
                let (before, after) = (present(before), present(after));
                let urgency = self.urgency(before, after);
                (urgency, SlotMove { slot, before: before.to_vec(), after: after.to_vec() })
            })
            .collect();
        moves.sort_by_key(|(urgency, slot)| (*urgency, slot.slot));
        let all = moves.len();
        moves.truncate(limit.map_or(all, |limit| usize::try_from(limit).unwrap_or(all).min(all)));
        let mut moves: Vec<SlotMove> = moves.into_iter().map(|(_, slot)| slot).collect();
        moves.sort_by_key(|slot| slot.slot);
        Ok(Change {
            servers: self.servers.iter().map(|server| server.identity().into()).collect(),
            left: (all - moves.len()) as u64,
            moves,
            least: target.least,
        })
    }

    /// Moves at most `limit` slots (all that must, without one) towards balance,
    /// and drops servers to be removed that hold nothing any more. Steps lead to
    /// the same balance with the same number of changes of owner as no limit.
    ///
    /// Slots of servers to be removed go first, then other changes of owner, then
    /// slots that lack a copy, then copies that only balance. A slot moves with
    /// all its copies in one step, so the rule of zones holds after each.
    ///
    /// # Errors
    /// No server has capacity; the assignment then stays as it is.
    pub fn change(&mut self, limit: Option<u64>) -> Result<Change, Error> {
        let change = self.next_change(limit)?;
        let width = self.copies as usize;
        for slot in &change.moves {
            let at = slot.slot as usize * width;
            let row = &mut self.table[at..at + width];
            row.fill(crate::placement::NO_OWNER);
            row[..slot.after.len()].copy_from_slice(&slot.after);
        }
        self.drop_empty();
        Ok(change)
    }

    /// Which moves come first.
    fn urgency(&self, before: &[u32], after: &[u32]) -> u8 {
        let leaving = |server: &u32| self.leaving[*server as usize];
        let lost = |server: &u32| {
            leaving(server) || self.servers.get(*server).is_none_or(|s| s.capacity().get() == 0.0)
        };
        let zones = |row: &[u32]| {
            let mut zones: Vec<(Option<&str>, u32)> = row
                .iter()
                .map(|server| match self.servers.get(*server).and_then(|s| s.zone()) {
                    Some(zone) => (Some(zone), 0),
                    None => (None, *server),
                })
                .collect();
            zones.sort();
            zones.dedup();
            zones.len()
        };
        if before.first().is_none_or(leaving) {
            0
        } else if before.first() != after.first() {
            1
        } else if before[1..].iter().any(lost)
            || before.len() != after.len()
            || zones(before) < zones(after)
        {
            2
        } else {
            3
        }
    }

    /// Drops servers to be removed that hold nothing, and numbers the rest anew.
    fn drop_empty(&mut self) {
        let mut held = vec![false; self.leaving.len()];
        for server in self.table.iter().chain(self.pins.values()) {
            if let Some(held) = held.get_mut(*server as usize) {
                *held = true;
            }
        }
        let stays: Vec<bool> =
            self.leaving.iter().zip(&held).map(|(leaving, held)| !leaving || *held).collect();
        if stays.iter().all(|stays| *stays) {
            return;
        }
        let mut numbers = Vec::new();
        let mut next = 0_u32;
        for (number, stays) in stays.iter().enumerate().rev() {
            if !stays && let Some(server) = self.servers.as_slice().get(number) {
                let identity = server.identity().into_owned();
                // It is there: its number was just looked up.
                let _ = self.servers.remove(&identity);
            }
        }
        for stays in &stays {
            numbers.push(next);
            next += u32::from(*stays);
        }
        let renumber = |server: &mut u32| {
            if let Some(number) = numbers.get(*server as usize) {
                *server = *number;
            }
        };
        self.table.iter_mut().for_each(renumber);
        self.pins.values_mut().for_each(renumber);
        let mut at = stays.iter();
        self.leaving.retain(|_| at.next().is_some_and(|stays| *stays));
    }
}
