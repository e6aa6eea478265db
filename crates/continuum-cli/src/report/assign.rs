//! A table of slots: what its servers hold, where keys are, what moves.

use serde::Serialize;

/// What each server holds.
#[derive(Serialize)]
pub(crate) struct Holdings {
    pub(crate) rows: Vec<Held>,
    pub(crate) slots: u32,
    pub(crate) copies: u32,
    /// Servers that a slot is on: fewer where there are not as many.
    #[serde(skip)]
    pub(crate) kept: usize,
    /// Slots that are still to move, or why that cannot be said.
    pub(crate) left: Result<usize, String>,
    pub(crate) checksum: u64,
}

#[derive(Serialize)]
pub(crate) struct Held {
    pub(crate) server: String,
    pub(crate) zone: Option<String>,
    pub(crate) capacity: f64,
    pub(crate) slots: u32,
    pub(crate) fair: f64,
    pub(crate) copies: u32,
    pub(crate) pinned: u32,
    pub(crate) leaving: bool,
}

/// Where keys are.
#[derive(Serialize)]
pub(crate) struct KeySlots {
    pub(crate) keys: Vec<KeySlot>,
}

#[derive(Serialize)]
pub(crate) struct KeySlot {
    pub(crate) key: String,
    pub(crate) slot: u32,
    pub(crate) servers: Vec<String>,
}

/// What a change moves.
#[derive(Serialize)]
pub(crate) struct Moved {
    /// Slots whose holders change.
    pub(crate) slots: usize,
    pub(crate) owners_changed: u64,
    pub(crate) least: u64,
    pub(crate) copied: u64,
    pub(crate) left: u64,
    pub(crate) servers: Vec<Moves>,
    pub(crate) moves: Vec<Move>,
    /// Slots of the table, and on how many servers each is.
    #[serde(skip)]
    pub(crate) of: u32,
    #[serde(skip)]
    pub(crate) copies: u32,
    /// Whether text lists every slot, and the exit status tells that some differ.
    #[serde(skip)]
    pub(crate) listed: bool,
    #[serde(skip)]
    pub(crate) compared: bool,
}

/// Slots that a server owns before and after; null where it is not in the table.
#[derive(Serialize)]
pub(crate) struct Moves {
    pub(crate) server: String,
    pub(crate) before: Option<u32>,
    pub(crate) after: Option<u32>,
    /// Slots whose data comes to it.
    pub(crate) gets: u64,
    /// Slots that it no longer holds.
    pub(crate) gives: u64,
}

#[derive(Serialize)]
pub(crate) struct Move {
    pub(crate) slot: u32,
    pub(crate) before: Vec<String>,
    pub(crate) after: Vec<String>,
}
