//! A circle of points that keys of 16 or 32 bits seek upwards, walked as Graphite's
//! relays walk it.
//!
//! Where keys have 16 bits, the point of each of them is written down.

use super::contract::{Cursor, Hit};
use super::hashed::Place;
use super::owner::NO_OWNER;
use super::regions::{Regions, Space};

/// Points in the order of a walk, each with its server.
pub(crate) struct Circle {
    positions: Box<[u64]>,
    owners: Box<[u32]>,
    /// By key of 16 bits: the point where its walk begins. Empty where keys are wider.
    starts: Box<[u32]>,
    /// How many points a walk looks at.
    looks: usize,
    /// Of servers in one group a walk names the first alone; empty where each is its own.
    groups: Box<[u32]>,
    order_matters: bool,
}

/// The keys of 16 bits.
const KEYS: u32 = 1 << 16;

impl Circle {
    /// Of points in ascending order; `wide` says that keys have 32 bits.
    pub(crate) fn new(points: Vec<(u64, u32)>, wide: bool, order_matters: bool) -> Self {
        let (positions, owners): (Vec<u64>, Vec<u32>) = points.into_iter().unzip();
        let mut circle = Self {
            looks: positions.len(),
            positions: positions.into(),
            owners: owners.into(),
            starts: Box::default(),
            groups: Box::default(),
            order_matters,
        };
        if !wide && !circle.positions.is_empty() {
            circle.starts = (0..KEYS).map(|key| number(circle.search(key))).collect();
        }
        circle
    }

    /// For keys of 16 bits whose search may end at any of several points at one position:
    /// `search` gives the point of a key, or the number of points where all lie below.
    pub(crate) fn found_by(mut self, search: impl Fn(&[u64], u64) -> usize) -> Self {
        let count = self.positions.len();
        for (key, start) in (0..KEYS).zip(&mut self.starts) {
            *start = number(search(&self.positions, key.into()) % count);
        }
        self
    }

    /// A walk that never looks at the point just below its start.
    pub(crate) fn short_of_the_last(mut self) -> Self {
        self.looks = self.looks.saturating_sub(1).max(1).min(self.looks);
        self
    }

    /// A walk that names one server of each group, the groups numbered from 0.
    pub(crate) fn one_of_each(mut self, groups: Vec<u32>) -> Self {
        self.groups = groups.into();
        self
    }

    /// The servers of the points, some more than once.
    pub(crate) fn owners(&self) -> &[u32] {
        &self.owners
    }

    fn search(&self, key: u32) -> usize {
        let at = self.positions.partition_point(|position| *position < u64::from(key));
        if at < self.positions.len() { at } else { 0 }
    }

    fn start(&self, key: u32) -> usize {
        match self.starts.get(key as usize) {
            Some(start) => *start as usize,
            None => self.search(key),
        }
    }

    /// The owner of the point that a walk looks at behind `more` others.
    fn look(&self, start: usize, more: usize) -> u32 {
        let at = start + more;
        self.owners[if at < self.owners.len() { at } else { at - self.owners.len() }]
    }

    /// Whether a walk has named a server of this group before it looks at point `more`.
    fn is_used(&self, group: u32, start: usize, more: usize, cursor: &Cursor) -> bool {
        match group {
            0..64 => cursor.at >> group & 1 == 1,
            64..128 => cursor.mark >> (group - 64) & 1 == 1,
            _ => (0..more).any(|more| self.groups[self.look(start, more) as usize] == group),
        }
    }
}

/// Points are at most 2²⁷.
fn number(point: usize) -> u32 {
    u32::try_from(point).unwrap_or(u32::MAX)
}

impl Place<u32> for Circle {
    #[inline]
    fn place(&self, key: u32) -> u32 {
        if self.owners.is_empty() { NO_OWNER } else { self.owners[self.start(key)] }
    }

    fn step(&self, key: u32, cursor: &mut Cursor) -> Option<u32> {
        let start = self.start(key);
        while (cursor.steps as usize) < self.looks {
            let more = cursor.steps as usize;
            let owner = self.look(start, more);
            if self.groups.is_empty() {
                cursor.steps += 1;
                return Some(owner);
            }
            let group = self.groups[owner as usize];
            let used = self.is_used(group, start, more, cursor);
            cursor.steps += 1;
            if !used {
                match group {
                    0..64 => cursor.at |= 1 << group,
                    64..128 => cursor.mark |= 1 << (group - 64),
                    _ => {}
                }
                return Some(owner);
            }
        }
        None
    }

    fn hit(&self, key: u32) -> Option<Hit> {
        let position = *self.positions.get(self.start(key))?;
        let space = if self.starts.is_empty() { 1_u64 << 32 } else { u64::from(KEYS) };
        let up = position.checked_sub(key.into());
        let distance = up.unwrap_or_else(|| (space - u64::from(key)).saturating_add(position));
        Some(Hit::Point { position: position.into(), distance: distance.into(), below: false })
    }

    fn regions(&self, space: Space) -> Option<Regions<'_>> {
        let mut lasts = Vec::new();
        for position in &self.positions {
            let Ok(position) = u32::try_from(*position) else { break };
            // A key exactly on a point may have another owner than those below it.
            lasts.extend(position.checked_sub(1).into_iter().chain([position]));
        }
        lasts.push(u32::MAX);
        // Points may share a position.
        lasts.sort();
        lasts.dedup();
        Some(Regions::of_borders(space, lasts, |last| self.place(last)))
    }

    fn order_matters(&self) -> bool {
        self.order_matters
    }

    fn memory(&self) -> usize {
        size_of_val(&*self.positions)
            + size_of_val(&*self.owners)
            + size_of_val(&*self.starts)
            + size_of_val(&*self.groups)
    }
}

#[cfg(test)]
mod tests {
    use super::{Circle, Cursor, NO_OWNER, Place};

    fn walk(circle: &Circle, key: u32) -> Vec<u32> {
        let mut cursor = Cursor::default();
        std::iter::from_fn(|| circle.step(key, &mut cursor)).collect()
    }

    #[test]
    fn walks_go_up_and_around() {
        let points = vec![(10, 0), (20, 1), (30, 0), (65_536, 2)];
        let circle = Circle::new(points.clone(), false, true);
        assert_eq!(walk(&circle, 15), [1, 0, 2, 0]);
        assert_eq!(walk(&circle, 65_535), [2, 0, 1, 0]);
        assert_eq!(walk(&circle.short_of_the_last(), 15), [1, 0, 2]);
        let grouped = Circle::new(points, true, true).one_of_each(vec![200, 7, 200]);
        assert_eq!(walk(&grouped, 5), [0, 1]);
        assert_eq!(grouped.place(u32::MAX), 0);
        assert_eq!(walk(&Circle::new(vec![(5, 3)], false, false).short_of_the_last(), 9), [3]);
        let none = Circle::new(Vec::new(), false, false);
        assert_eq!((none.place(7), walk(&none, 7)), (NO_OWNER, Vec::new()));
    }
}
