//! A change of a ring: points of some servers go, of others come.

use super::line::{Handle, LineFor, LineOf as _, NONE, RingPosition, handle};
use super::lines::{Lines, Ties, load};
use super::{Layout, PointList, Ring};
use crate::placement::hashed::Place as _;
use crate::placement::owner::NO_OWNER;

/// What a change does to a ring.
pub(crate) struct PointChanges<P> {
    /// Points that go, with the numbers that their servers had.
    pub(crate) gone: PointList<P>,
    /// Points that come, in the program's order.
    pub(crate) come: PointList<P>,
}

impl<P: RingPosition> Ring<P> {
    /// How many points were made for a server, by its number; `None` if such a ring
    /// is not changed but built anew.
    pub(crate) fn points_of(&self, servers: usize) -> Option<Vec<u32>> {
        let Layout::Lines(lines) = &self.layout else {
            return None;
        };
        let mut made = vec![0; servers];
        for (handle, many) in lines.counts.iter().enumerate() {
            let server = match lines.numbers.get(handle) {
                Some(server) => *server as usize,
                None => handle,
            };
            if let Some(made) = made.get_mut(server) {
                *made = *many;
            }
        }
        Some(made)
    }

    /// Whether the ring is of a good size for so many points of so many servers.
    pub(crate) fn fits(&self, points: usize, servers: usize) -> bool {
        let Layout::Lines(lines) = &self.layout else {
            return false;
        };
        let load = load::<P>();
        let now = points * 10 * 100 / lines.lines.len() / load;
        (85..=110).contains(&now) && servers <= Lines::<P>::SERVERS as usize
    }

    /// The ring after a change: what [`build`](Self::build) would build. `after` gives
    /// the numbers of servers that stay, by their numbers before; the points of all
    /// others go. O(n) for n servers, and O(log m) a point that goes or comes.
    pub(crate) fn change(
        mut self,
        changed: &PointChanges<P>,
        after: &[u32],
        servers: usize,
        ties: Ties<'_>,
    ) -> Self {
        if let Layout::Lines(lines) = &mut self.layout {
            lines.change(changed, after, servers, ties);
            self.order_matters = lines.order_matters();
        }
        self
    }
}

/// A point that goes or comes.
struct Edit<P> {
    position: P,
    handle: Handle,
    comes: bool,
}

impl<P: RingPosition> Lines<P> {
    fn change(&mut self, changed: &PointChanges<P>, after: &[u32], servers: usize, ties: Ties<'_>) {
        let mut edits = Vec::with_capacity(changed.gone.len() + changed.come.len());
        let handles = self.handles(after.len());
        for (position, server) in changed.gone.iter() {
            let handle = handles[server as usize];
            self.counts[usize::from(handle)] -= 1;
            edits.push(Edit { position, handle, comes: false });
        }
        let handles = self.assign_handles(after, servers);
        for (position, server) in changed.come.iter() {
            let handle = handles[server as usize];
            self.counts[usize::from(handle)] += 1;
            edits.push(Edit { position, handle, comes: true });
        }
        // Stable: those that come stay in the program's order.
        edits.sort_by_key(|edit| edit.position);
        self.edit(&edits, ties);
    }

    /// By number: the server's handle.
    fn handles(&self, servers: usize) -> Vec<Handle> {
        let mut handles = vec![NONE; servers];
        for at in 0..self.counts.len() {
            let at = u32::try_from(at).unwrap_or(NO_OWNER);
            let server = self.server(handle(at));
            if let Some(place) = handles.get_mut(server as usize) {
                *place = handle(at);
            }
        }
        handles
    }

    /// Gives the servers that stay their numbers, and those that come free handles.
    fn assign_handles(&mut self, after: &[u32], servers: usize) -> Vec<Handle> {
        let mut numbers: Vec<u32> = (0..self.counts.len())
            .map(|at| {
                let before = self.server(handle(u32::try_from(at).unwrap_or(NO_OWNER)));
                after.get(before as usize).copied().unwrap_or(NO_OWNER)
            })
            .collect();
        let mut handles = vec![NONE; servers];
        let mut free = Vec::new();
        for (at, number) in (0_u32..).zip(&numbers) {
            match handles.get_mut(*number as usize) {
                Some(place) => *place = handle(at),
                None => free.push(at),
            }
        }
        // The lowest first.
        free.reverse();
        for (number, place) in (0_u32..).zip(&mut handles).filter(|(_, place)| **place == NONE) {
            // Its own number where that is free: then no table of numbers is
            // needed.
            let at = match free.iter().rposition(|at| *at == number) {
                Some(place) => free.remove(place),
                None => free.pop().unwrap_or_else(|| {
                    numbers.push(NO_OWNER);
                    self.counts.push(0);
                    u32::try_from(numbers.len() - 1).unwrap_or(NO_OWNER)
                }),
            };
            numbers[at as usize] = number;
            *place = handle(at);
        }
        while numbers.last() == Some(&NO_OWNER) {
            numbers.pop();
            self.counts.pop();
        }
        let same = (0_u32..).zip(&numbers).all(|(at, number)| at == *number);
        self.numbers = if same { Vec::new() } else { numbers };
        handles
    }

    /// Carries edits out, which come in ascending order.
    fn edit(&mut self, edits: &[Edit<P>], ties: Ties<'_>) {
        let number = self.number;
        let line_of = |edit: &Edit<P>| edit.position.stretch(number);
        let old_ties = std::mem::take(&mut self.ties);
        let old_spill = std::mem::take(&mut self.spill);
        let mut spill = Vec::with_capacity(old_spill.len() + edits.len());
        let (mut spilled, mut tied) = (0, 0);
        let (mut group, mut whole) = (Vec::new(), Vec::new());
        for edits in edits.chunk_by(|one, other| line_of(one) == line_of(other)) {
            let line = line_of(&edits[0]);
            let before = |points: &[(P, Handle)], from: usize| {
                from + points[from..].partition_point(|point| point.0.stretch(number) < line)
            };
            let within = |points: &[(P, Handle)], from: usize| {
                from + points[from..].partition_point(|point| point.0.stretch(number) == line)
            };
            // What lies before stays as it is.
            let at = before(&old_ties, tied);
            self.ties.extend_from_slice(&old_ties[tied..at]);
            tied = within(&old_ties, at);
            let made_here = &old_ties[at..tied];
            let here = &self.lines[line as usize];
            group.clear();
            group.extend(here.points().iter().copied().zip(here.owners().iter().copied()));
            let at = before(&old_spill, spilled);
            spill.extend_from_slice(&old_spill[spilled..at]);
            spilled = within(&old_spill, at);
            // Without the one that closes them.
            group.extend_from_slice(&old_spill[at..spilled.max(at + 1) - 1]);
            self.count -= group.len();
            // All that were made, also those that the rules did not leave.
            whole.clear();
            whole.extend(
                group.iter().filter(|point| {
                    made_here.binary_search_by_key(&point.0, |tied| tied.0).is_err()
                }),
            );
            whole.extend_from_slice(made_here);
            for edit in edits.iter().filter(|edit| !edit.comes) {
                let gone = (edit.position, edit.handle);
                if let Some(at) = whole.iter().position(|point| *point == gone) {
                    whole.remove(at);
                }
            }
            whole.extend(
                edits.iter().filter(|edit| edit.comes).map(|edit| (edit.position, edit.handle)),
            );
            self.arrange(&mut whole, Some(ties));
            self.fill(line, &whole, &mut spill);
        }
        self.ties.extend_from_slice(&old_ties[tied..]);
        spill.extend_from_slice(&old_spill[spilled..]);
        self.spill = spill;
        self.close(
            edits
                .chunk_by(|one, other| line_of(one) == line_of(other))
                .map(|edits| line_of(&edits[0])),
        );
    }

    /// Tells the lines that were written, and those before them, who owns what is
    /// above their points.
    fn close(&mut self, written: impl DoubleEndedIterator<Item = u32>) {
        // Crafted names may leave long stretches without a point: a few passes over
        // them are a pass over all.
        let mut patience = self.lines.len();
        let above = self.above();
        let all = std::iter::once(self.number).chain(written.rev());
        for line in all {
            let behind = self.lines.get(line as usize + 1..).unwrap_or_default();
            let empty = behind.iter().take_while(|line| line.len() == 0).count();
            let mut next = behind.get(empty).map_or(above, |line| line.owners()[0]);
            patience = patience.saturating_sub(empty);
            for at in (0..=line.min(self.number - 1)).rev() {
                self.close_one(at, next);
                let here = &self.lines[at as usize];
                match here.owners().first() {
                    Some(_) if at < line => break,
                    Some(first) => next = *first,
                    None => patience = patience.saturating_sub(1),
                }
            }
            if patience == 0 {
                return self.close_all();
            }
        }
    }

    fn close_one(&mut self, line: u32, next: Handle) {
        let here: &mut LineFor<P> = &mut self.lines[line as usize];
        here.close(next);
        if here.is_over() {
            let closing = self.spilled(line).end;
            self.spill[closing].1 = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::{PointChanges, PointList, Ring};
    use crate::hash::splitmix64::splitmix64;
    use crate::placement::contract::Cursor;
    use crate::placement::hashed::Place as _;
    use crate::placement::owner::NO_OWNER;
    use crate::placement::ring::{RingPosition, Rules, Seek, Shared, Wrap};
    use crate::placement::{Regions, Space};

    /// A server: what tells it from others, and how many points it has.
    type Server = (u64, u32);

    /// Points on positions that collide, crowd and leave gaps, as `style` has it.
    fn points<P: RingPosition>(server: Server, style: u64) -> impl Iterator<Item = P> {
        (0..u64::from(server.1)).map(move |number| {
            let random = u128::from(splitmix64(server.0 << 20 | number)) << (P::BITS - 32) >> 32;
            P::narrow(match style {
                // All over.
                0 => u128::from(splitmix64(server.0 << 20 | number)),
                // A few positions, spread.
                1 => (random & 0x3f) << (P::BITS - 6),
                // 15 bits at the bottom.
                2 => random & 0x7fff,
                // At both ends.
                3 => (random & 0xff).wrapping_sub(128),
                // All over, and every third in one place.
                _ if number % 3 == 0 => 5 << (P::BITS - 4) | random & 7,
                _ => u128::from(splitmix64(server.0 << 20 | number)),
            })
        })
    }

    fn made<P: RingPosition>(servers: &[Server], style: u64) -> PointList<P> {
        (0_u32..)
            .zip(servers)
            .flat_map(|(owner, server)| points(*server, style).map(move |p| (p, owner)))
            .collect()
    }

    fn assert_same<P: RingPosition>(
        changed: &Ring<P>,
        fresh: &Ring<P>,
        servers: &[Server],
        style: u64,
    ) {
        let space = || Space { hash: String::new(), size: None };
        let near = servers
            .iter()
            .flat_map(|server| points::<P>(*server, style))
            .flat_map(|p| [p, p.plus(P::narrow(1)), p.above(P::narrow(1))]);
        let random = (0..200).map(|n| P::narrow(u128::from(splitmix64(!n)) << (P::BITS - 32)));
        let mut all: Vec<P> = near.chain(random).chain([P::narrow(0), P::MAX]).collect();
        all.sort();
        all.dedup();
        let mut batch = vec![0; all.len()];
        changed.place_all(&all, &mut batch);
        for (position, owner) in all.iter().zip(batch) {
            assert_eq!(owner, fresh.place(*position), "{position:?}");
            assert_eq!(changed.place(*position), fresh.place(*position), "{position:?}");
            assert_eq!(changed.hit(*position), fresh.hit(*position), "{position:?}");
        }
        for position in all.iter().step_by(all.len() / 5 + 1) {
            let walk = |ring: &Ring<P>| -> Vec<u32> {
                let mut cursor = Cursor::default();
                std::iter::from_fn(|| ring.step(*position, &mut cursor)).collect()
            };
            assert_eq!(walk(changed), walk(fresh), "{position:?}");
        }
        let text = |ring: &Ring<P>| {
            let Some(Regions::Segments { segments, .. }) = ring.regions(space()) else {
                unreachable!()
            };
            format!("{:?}", segments.collect::<Vec<_>>())
        };
        assert_eq!(text(changed), text(fresh));
        assert_eq!(changed.order_matters(), fresh.order_matters());
    }

    /// Random changes of random rings, and how many were changes and no builds.
    fn run<P: RingPosition>(seed: u64, style: u64, rules: Rules, by_name: bool) -> usize {
        let mut turn = seed << 32;
        let mut random = |below: u64| {
            turn += 1;
            splitmix64(turn) % below
        };
        let mut few = |below: u64| u32::try_from(random(below)).unwrap();
        let mut servers: Vec<Server> = (0..30).map(|name| (name, 10 + few(30))).collect();
        let order = |servers: &[Server], one: u32, other: u32| -> Ordering {
            if by_name {
                let name = |at: u32| splitmix64(servers[at as usize].0);
                return name(one).cmp(&name(other));
            }
            one.cmp(&other)
        };
        let build = |servers: &[Server]| {
            let ties = |one, other| order(servers, one, other);
            Ring::build(made::<P>(servers, style), rules, by_name.then_some(&ties))
        };
        let mut ring = build(&servers);
        let mut changes = 0;
        let mut name = 1000;
        for _ in 0..30 {
            let before = servers.clone();
            for _ in 0..=few(2) {
                name += 1;
                match few(4) {
                    0 => servers.push((name, 10 + few(30))),
                    1 => drop(servers.remove(few(servers.len() as u64) as usize)),
                    2 => {
                        let at = few(servers.len() as u64 + 1) as usize;
                        servers.insert(at, (name, few(30)));
                    }
                    _ => {
                        let at = few(servers.len() as u64) as usize;
                        servers[at].1 = few(40);
                    }
                }
            }
            // Who stays is who has name and number as before; the order is kept.
            let after: Vec<u32> = before
                .iter()
                .map(|server| {
                    let at = servers.iter().position(|other| other == server);
                    at.map_or(NO_OWNER, |at| u32::try_from(at).unwrap())
                })
                .collect();
            let stay: Vec<u32> = after.iter().copied().filter(|to| *to != NO_OWNER).collect();
            assert!(stay.is_sorted());
            let gone = (0_u32..).zip(&before).filter(|(at, _)| after[*at as usize] == NO_OWNER);
            let come = (0_u32..).zip(&servers).filter(|(at, _)| !stay.contains(at));
            let of = |server: Server, owner: u32| points(server, style).map(move |p| (p, owner));
            let changed = PointChanges {
                gone: gone.flat_map(|(owner, server)| of(*server, owner)).collect(),
                come: come.flat_map(|(owner, server)| of(*server, owner)).collect(),
            };
            let total = servers.iter().map(|server| server.1 as usize).sum();
            let fresh = build(&servers);
            if ring.fits(total, servers.len()) {
                let ties = |one, other| order(&servers, one, other);
                ring = ring.change(&changed, &after, servers.len(), &ties);
                let counts: Vec<u32> = servers.iter().map(|server| server.1).collect();
                assert_eq!(ring.points_of(servers.len()), Some(counts));
                changes += 1;
            } else {
                ring = fresh.clone();
            }
            assert_same(&ring, &fresh, &servers, style);
        }
        changes
    }

    fn every_rule<P: RingPosition>() {
        let mut changes = 0;
        for style in 0..5 {
            for seek in [Seek::AtOrAfter, Seek::After] {
                for wrap in [Wrap::First, Wrap::Last] {
                    for shared in [Shared::Keep, Shared::First, Shared::Last] {
                        if (seek, wrap) != (Seek::After, Wrap::Last) {
                            let rules = Rules { seek, wrap, shared };
                            changes += run::<P>(style * 2, style, rules, false);
                            changes += run::<P>(style * 2 + 1, style, rules, true);
                        }
                    }
                }
            }
        }
        assert!(changes > 1500, "{changes} of 2700 were changes");
    }

    #[test]
    fn a_changed_ring_is_the_one_built() {
        every_rule::<u32>();
    }

    #[test]
    fn a_changed_ring_of_64_bits_is_the_one_built() {
        every_rule::<u64>();
    }
}
