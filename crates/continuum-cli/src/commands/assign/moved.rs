//! What moves between two tables, server by server and slot by slot.

use continuum::assignment::{Assignment, Change, SlotMove};

use crate::report::{Move, Moved, Moves};

pub(super) fn moved(old: &Assignment, new: &Assignment, change: &Change, listed: bool) -> Moved {
    let names = change.servers();
    let name = |number: &u32| names[*number as usize].to_string();
    let moves = change.moves().iter().map(|slot| Move {
        slot: slot.slot,
        before: slot.before.iter().map(name).collect(),
        after: slot.after.iter().map(name).collect(),
    });
    Moved {
        slots: change.moves().len(),
        owners_changed: change.owners_changed(),
        least: change.least(),
        copied: change.copied(),
        left: change.left(),
        servers: rows(old, new, change),
        moves: moves.collect(),
        of: new.slots(),
        copies: old.copies().max(new.copies()),
        listed,
        compared: false,
    }
}

fn rows(old: &Assignment, new: &Assignment, change: &Change) -> Vec<Moves> {
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
        .map(|(server, (gets, gives))| Moves {
            server: server.to_string(),
            before: owned(old, &before, server),
            after: owned(new, &after, server),
            gets,
            gives,
        })
        .collect()
}
