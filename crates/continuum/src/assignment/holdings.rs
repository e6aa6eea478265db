//! Holdings: what each server has of a table.

use super::assignment::{Assignment, present};
use super::fill;

/// What one server holds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Holding {
    /// Slots that it owns.
    pub slots: u32,
    /// The slots that its capacity calls for: a fraction. What servers with more
    /// pins than their share hold is taken out before the others share.
    pub fair: f64,
    /// Further copies that it holds.
    pub copies: u32,
    /// Slots pinned to it.
    pub pinned: u32,
    /// Whether it is to be removed as soon as it holds nothing.
    pub leaving: bool,
}

impl Assignment {
    /// What each server holds, in the order of [`servers`](Self::servers).
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding> {
        let fair = fill::fair(self);
        let mut all: Vec<Holding> = self
            .leaving
            .iter()
            .zip(fair)
            .map(|(leaving, fair)| Holding {
                slots: 0,
                fair,
                copies: 0,
                pinned: 0,
                leaving: *leaving,
            })
            .collect();
        for row in self.table.chunks(self.copies as usize) {
            for (place, server) in present(row).iter().enumerate() {
                let holding = &mut all[*server as usize];
                if place == 0 { holding.slots += 1 } else { holding.copies += 1 }
            }
        }
        for server in self.pins.values() {
            all[*server as usize].pinned += 1;
        }
        all
    }
}
