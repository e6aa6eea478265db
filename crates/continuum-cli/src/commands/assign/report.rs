//! What moves, server by server, and slot by slot if asked.

use std::io::{BufWriter, Write};

use continuum::assignment::{Assignment, Change, SlotMove};

use crate::failure::Failure;
use crate::output::{Align, Table, write_line};
use crate::talk::printable;

/// How much to say.
pub(super) struct Detail {
    pub(super) json: bool,
    pub(super) moves: bool,
}

#[derive(serde::Serialize)]
struct Whole<'a> {
    /// Slots whose holders change.
    slots: usize,
    owners_changed: u64,
    least: u64,
    copied: u64,
    left: u64,
    servers: Vec<Row<'a>>,
    moves: Vec<Move<'a>>,
}

/// Slots that a server owns before and after; null where it is not in the table.
#[derive(serde::Serialize)]
struct Row<'a> {
    server: &'a str,
    before: Option<u32>,
    after: Option<u32>,
    /// Slots whose data comes to it.
    gets: u64,
    /// Slots that it no longer holds.
    gives: u64,
}

#[derive(serde::Serialize)]
struct Move<'a> {
    slot: u32,
    before: Vec<&'a str>,
    after: Vec<&'a str>,
}

pub(super) fn write(
    old: &Assignment,
    new: &Assignment,
    change: &Change,
    detail: &Detail,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    let names = change.servers();
    let name = |number: &u32| &*names[*number as usize];
    let moves = change.moves().iter().map(|slot| Move {
        slot: slot.slot,
        before: slot.before.iter().map(name).collect(),
        after: slot.after.iter().map(name).collect(),
    });
    if detail.json {
        let whole = Whole {
            slots: change.moves().len(),
            owners_changed: change.owners_changed(),
            least: change.least(),
            copied: change.copied(),
            left: change.left(),
            servers: rows(old, new, change),
            moves: moves.collect(),
        };
        write_line(&mut out, &whole)?;
        return Ok(out.flush()?);
    }
    let mut table = Table::new([
        ("server", Align::Left),
        ("slots before", Align::Right),
        ("after", Align::Right),
        ("gets", Align::Right),
        ("gives", Align::Right),
    ]);
    let count =
        |slots: Option<u32>| slots.map_or_else(|| "-".to_owned(), |slots| slots.to_string());
    for row in rows(old, new, change) {
        table.row([
            printable(row.server),
            count(row.before),
            count(row.after),
            row.gets.to_string(),
            row.gives.to_string(),
        ]);
    }
    table.write(&mut out)?;
    if detail.moves {
        for slot in moves {
            let list = |servers: &[&str]| {
                servers.iter().map(|server| printable(server)).collect::<Vec<_>>().join(" ")
            };
            writeln!(out, "slot {}: {} -> {}", slot.slot, list(&slot.before), list(&slot.after))?;
        }
    }
    writeln!(
        out,
        "{} of {} slots get another owner; the least for balance: {}",
        change.owners_changed(),
        new.slots(),
        change.least()
    )?;
    let only_copies = change.moves().len() as u64 - change.owners_changed();
    if old.copies() > 1 || new.copies() > 1 {
        writeln!(
            out,
            "{only_copies} more slots change other copies; data is copied {} times",
            change.copied()
        )?;
    }
    if change.left() > 0 {
        writeln!(out, "{} slots are left for later steps", change.left())?;
    }
    Ok(out.flush()?)
}

fn rows<'a>(old: &Assignment, new: &Assignment, change: &'a Change) -> Vec<Row<'a>> {
    let (before, after) = (old.holdings(), new.holdings());
    let owned =
        |assignment: &Assignment, holdings: &[continuum::assignment::Holding], identity: &str| {
            let number = assignment.servers().index_of(identity)?;
            holdings.get(number as usize).map(|holding| holding.slots)
        };
    let mut flows = vec![(0, 0); change.servers().len()];
    for slot in change.moves() {
        for server in slot.copied_to() {
            flows[server as usize].0 += 1;
        }
        let gone = |slot: &SlotMove, server: &u32| !slot.after.contains(server);
        for server in slot.before.iter().filter(|server| gone(slot, server)) {
            flows[*server as usize].1 += 1;
        }
    }
    change
        .servers()
        .iter()
        .zip(flows)
        .map(|(server, (gets, gives))| Row {
            server,
            before: owned(old, &before, server),
            after: owned(new, &after, server),
            gets,
            gives,
        })
        .collect()
}
