//! The table that a change leads to: owners first, then further copies.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::assignment::{Assignment, present};
use super::quota::{Claim, fair as fair_parts, quotas, weights};
use crate::placement::NO_OWNER;
use crate::server::ZoneIndex;

/// A balanced table.
pub(super) struct Target {
    pub(super) table: Vec<u32>,
    /// The fewest slots that change their owner on the way to any such table.
    pub(super) least: u64,
}

/// What each server should own, a fraction.
pub(super) fn fair(assignment: &Assignment) -> Vec<f64> {
    let filler = Filler::new(assignment);
    fair_parts(u64::from(assignment.slots), &filler.claims(&filler.pinned()))
}

/// `None` when no server can take what is not pinned.
pub(super) fn target(assignment: &Assignment) -> Option<Target> {
    let mut filler = Filler::new(assignment);
    let least = filler.owners()?;
    if filler.width > 1 {
        filler.copies();
    }
    Some(Target { table: filler.table, least })
}

struct Filler<'a> {
    pins: &'a BTreeMap<u32, u32>,
    width: usize,
    table: Vec<u32>,
    /// Capacity, 0 for servers to be removed.
    weights: Vec<u128>,
    /// By server; those without a zone share one, as in copies over zones.
    zones: Vec<u32>,
    /// The place in the order of identities, which settles ties.
    ranks: Vec<u32>,
    /// Server numbers by rank.
    ranked: Vec<u32>,
}

impl<'a> Filler<'a> {
    fn new(assignment: &'a Assignment) -> Self {
        let servers = assignment.servers.as_slice();
        let capacities: Vec<f64> = servers
            .iter()
            .zip(&assignment.leaving)
            .map(|(server, leaving)| if *leaving { 0.0 } else { server.capacity().get() })
            .collect();
        let mut named: Vec<_> =
            (0_u32..).zip(servers).map(|(number, server)| (server.identity(), number)).collect();
        named.sort();
        let ranked: Vec<u32> = named.into_iter().map(|(_, number)| number).collect();
        let mut ranks = vec![0; servers.len()];
        for (rank, number) in (0..).zip(&ranked) {
            ranks[*number as usize] = rank;
        }
        // One zone tells no servers apart: each may then count as its own.
        let index = ZoneIndex::of(servers, |_| true);
        let zone = |own: u32| if index.count() > 1 { index.number(own) } else { own };
        let zones = (0_u32..).zip(servers).map(|(own, _)| zone(own)).collect();
        Self {
            pins: &assignment.pins,
            width: assignment.copies as usize,
            table: assignment.table.clone(),
            weights: weights(&capacities),
            zones,
            ranks,
            ranked,
        }
    }

    fn pinned(&self) -> Vec<u64> {
        let mut pinned = vec![0; self.weights.len()];
        for server in self.pins.values() {
            pinned[*server as usize] += 1;
        }
        pinned
    }

    /// The claims of owners, as the table stands.
    fn claims(&self, pinned: &[u64]) -> Vec<Claim> {
        let mut held = vec![0; self.weights.len()];
        for row in self.table.chunks(self.width) {
            if row[0] != NO_OWNER {
                held[row[0] as usize] += 1;
            }
        }
        let weights = self.weights.iter().zip(pinned).zip(held);
        weights
            .map(|((weight, pinned), held)| Claim { weight: *weight, pinned: *pinned, held })
            .collect()
    }

    /// Gives each slot its owner, with the fewest moves; returns how many those
    /// are.
    ///
    /// Pinned slots that are elsewhere have to move in any case. Of the others
    /// each server keeps what its part allows, and only what is above its part
    /// moves, each slot once, to a server below its part: no table in which
    /// servers have these parts is nearer, and [`quotas`] picks the parts.
    fn owners(&mut self) -> Option<u64> {
        let pins = self.pins;
        let mut least = 0;
        for (slot, server) in pins {
            if self.row(*slot)[0] != *server {
                self.give(*slot, *server);
                least += 1;
            }
        }
        let slots = self.table.len() / self.width;
        let claims = self.claims(&self.pinned());
        let parts = quotas(slots as u64, &claims, &self.ranks)?;
        let over = |held: u64, part: u64| held.saturating_sub(part);
        let mut surplus: Vec<u64> =
            claims.iter().zip(&parts).map(|(claim, part)| over(claim.held, *part)).collect();
        let room: Vec<u64> =
            claims.iter().zip(&parts).map(|(claim, part)| over(*part, claim.held)).collect();
        least += room.iter().sum::<u64>();
        let mut takers = Takers::new(room, &self.ranked);
        // First who holds a copy becomes the owner, and nothing is copied; then
        // where the new owner's zone is free; then the rest.
        let first = if self.width > 1 { 0 } else { 2 };
        for pass in first..3 {
            for slot in 0..u32::try_from(slots).unwrap_or(u32::MAX) {
                if takers.list.is_empty() {
                    return Some(least);
                }
                let owner = self.row(slot)[0];
                let gives = owner == NO_OWNER || surplus[owner as usize] > 0;
                if !gives || pins.contains_key(&slot) {
                    continue;
                }
                let others = present(&self.row(slot)[1..]);
                let taker = match pass {
                    0 => others.iter().copied().find(|server| takers.room[*server as usize] > 0),
                    1 => takers.find(|server| self.free(server, others)),
                    _ => takers.find(|_| true),
                };
                if let Some(taker) = taker {
                    self.give(slot, taker);
                    takers.take(taker);
                    if owner != NO_OWNER {
                        surplus[owner as usize] -= 1;
                    }
                }
            }
        }
        Some(least)
    }

    fn row(&self, slot: u32) -> &[u32] {
        let at = slot as usize * self.width;
        &self.table[at..at + self.width]
    }

    fn row_mut(&mut self, slot: u32) -> &mut [u32] {
        let at = slot as usize * self.width;
        &mut self.table[at..at + self.width]
    }

    /// Makes a server the owner; if it has a copy, it and the owner change places.
    fn give(&mut self, slot: u32, server: u32) {
        let row = self.row_mut(slot);
        let place = row.iter().position(|holder| *holder == server).unwrap_or(0);
        row.swap(0, place);
        row[0] = server;
    }

    /// Whether neither the server nor its zone is among these.
    fn free(&self, server: u32, others: &[u32]) -> bool {
        let zone = self.zones[server as usize];
        others.iter().all(|other| *other != server && self.zones[*other as usize] != zone)
    }

    fn active(&self, server: u32) -> bool {
        server != NO_OWNER && self.weights[server as usize] > 0
    }

    /// Keeps the further copies that may stay, fills up the others, then
    /// balances.
    fn copies(&mut self) {
        let slots = u32::try_from(self.table.len() / self.width).unwrap_or(u32::MAX);
        let mut loads = Loads::new(self);
        let mut short = Vec::new();
        for slot in 0..slots {
            let old = self.row(slot).to_vec();
            let mut kept = vec![old[0]];
            for copy in present(&old[1..]) {
                if self.active(*copy) && self.free(*copy, &kept) {
                    kept.push(*copy);
                    loads.add(*copy);
                }
            }
            if kept.len() < self.width {
                short.push((slot, old, kept));
            }
        }
        for (slot, old, mut row) in short {
            while row.len() < self.width {
                let again = |copy: &u32| self.active(*copy) && !row.contains(copy);
                let next = loads
                    .first(|server| self.free(server, &row))
                    .or_else(|| old[1..].iter().copied().find(again))
                    .or_else(|| loads.first(|server| !row.contains(&server)));
                let Some(next) = next else { break };
                row.push(next);
                loads.add(next);
            }
            row.resize(self.width, NO_OWNER);
            // Who stays keeps its place, so that a row changes no more than it must.
            let mut new = vec![NO_OWNER; self.width];
            new[0] = row[0];
            let (stay, come): (Vec<u32>, Vec<u32>) =
                row[1..].iter().partition(|server| old[1..].contains(server));
            for (place, server) in old.iter().enumerate().skip(1) {
                if *server != NO_OWNER && stay.contains(server) {
                    new[place] = *server;
                }
            }
            let mut come = come.into_iter().filter(|server| *server != NO_OWNER);
            for place in &mut new[1..] {
                if *place == NO_OWNER {
                    *place = come.next().unwrap_or(NO_OWNER);
                }
            }
            // With fewer servers than copies the gaps go to the end.
            let mut whole: Vec<u32> =
                new.into_iter().filter(|server| *server != NO_OWNER).collect();
            whole.resize(self.width, NO_OWNER);
            self.row_mut(slot).copy_from_slice(&whole);
        }
        // Each round lowers what is held above the parts, so it ends.
        while self.balance(&mut loads.held, slots) {}
    }

    /// Moves further copies from servers above their part to servers below it,
    /// where the slot's row stays as spread as it is. False if it moved nothing.
    fn balance(&mut self, held: &mut [u64], slots: u32) -> bool {
        let claims: Vec<Claim> = self
            .weights
            .iter()
            .zip(&*held)
            .map(|(weight, held)| Claim { weight: *weight, pinned: 0, held: *held })
            .collect();
        let Some(parts) = quotas(held.iter().sum(), &claims, &self.ranks) else { return false };
        let mut surplus: Vec<u64> =
            held.iter().zip(&parts).map(|(held, part)| held.saturating_sub(*part)).collect();
        let room = held.iter().zip(&parts).map(|(held, part)| part.saturating_sub(*held)).collect();
        let mut takers = Takers::new(room, &self.ranked);
        let mut moved = false;
        for slot in 0..slots {
            for place in 1..self.width {
                let row = self.row(slot);
                let from = row[place];
                if takers.list.is_empty() {
                    return moved;
                }
                if from == NO_OWNER || surplus[from as usize] == 0 {
                    continue;
                }
                let mut others: Vec<u32> = present(row).to_vec();
                others.remove(place);
                let shared = !self.free(from, &others);
                let taker = takers.find(|server| {
                    !others.contains(&server)
                        && (shared
                            || self.zones[server as usize] == self.zones[from as usize]
                            || self.free(server, &others))
                });
                if let Some(taker) = taker {
                    self.row_mut(slot)[place] = taker;
                    takers.take(taker);
                    surplus[from as usize] -= 1;
                    held[from as usize] -= 1;
                    held[taker as usize] += 1;
                    moved = true;
                }
            }
        }
        moved
    }
}

/// Servers below their part, in order of rank.
struct Takers {
    list: Vec<u32>,
    room: Vec<u64>,
}

impl Takers {
    fn new(room: Vec<u64>, ranked: &[u32]) -> Self {
        let list = ranked.iter().copied().filter(|server| room[*server as usize] > 0).collect();
        Self { list, room }
    }

    fn find(&self, mut fits: impl FnMut(u32) -> bool) -> Option<u32> {
        self.list.iter().copied().find(|server| fits(*server))
    }

    fn take(&mut self, server: u32) {
        self.room[server as usize] -= 1;
        if self.room[server as usize] == 0 {
            self.list.retain(|taker| *taker != server);
        }
    }
}

/// Active servers, the one with the most room for its capacity first.
struct Loads {
    order: BTreeSet<Load>,
    held: Vec<u64>,
    weights: Vec<u128>,
    ranks: Vec<u32>,
}

/// Compares by what the server would hold with one copy more, over its weight.
struct Load {
    next: u64,
    weight: u128,
    rank: u32,
    server: u32,
}

impl Loads {
    fn new(filler: &Filler<'_>) -> Self {
        let mut loads = Self {
            order: BTreeSet::new(),
            held: vec![0; filler.weights.len()],
            weights: filler.weights.clone(),
            ranks: filler.ranks.clone(),
        };
        loads.order = filler
            .ranked
            .iter()
            .filter(|server| filler.active(**server))
            .map(|server| loads.load(*server))
            .collect();
        loads
    }

    fn load(&self, server: u32) -> Load {
        let at = server as usize;
        Load { next: self.held[at] + 1, weight: self.weights[at], rank: self.ranks[at], server }
    }

    fn add(&mut self, server: u32) {
        self.order.remove(&self.load(server));
        self.held[server as usize] += 1;
        self.order.insert(self.load(server));
    }

    fn first(&self, mut fits: impl FnMut(u32) -> bool) -> Option<u32> {
        self.order.iter().map(|load| load.server).find(|server| fits(*server))
    }
}

impl Ord for Load {
    fn cmp(&self, other: &Self) -> Ordering {
        // Below 2^28 copies times 2^80.
        let left = u128::from(self.next) * other.weight;
        let right = u128::from(other.next) * self.weight;
        left.cmp(&right).then(self.rank.cmp(&other.rank))
    }
}

impl PartialOrd for Load {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Load {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Load {}
