//! `continuum assign show`: what each server holds, where keys are.

use continuum::assignment::Assignment;
use continuum::{Capacity, Server};

use super::file;
use crate::args::Show;
use crate::failure::Failure;
use crate::report::{Held, Holdings, KeySlot, KeySlots};
use crate::talk;

/// Where the given keys are.
pub(crate) fn keys(args: &Show) -> Result<KeySlots, Failure> {
    let (assignment, _) = file::read(&args.file)?;
    let servers = |key| assignment.resolve_copies(key).map(|s| s.identity().into_owned());
    let rows = args.keys.iter().map(|key| KeySlot {
        key: key.clone(),
        slot: assignment.slot_of(key),
        servers: servers(key).collect(),
    });
    Ok(KeySlots { keys: rows.collect() })
}

/// What each server holds.
pub(crate) fn servers(args: &Show) -> Result<Holdings, Failure> {
    Ok(holdings(&file::read(&args.file)?.0))
}

/// How many servers can hold a slot or a copy of it.
fn holders(assignment: &Assignment) -> usize {
    let holders = assignment.servers().iter().zip(assignment.holdings());
    let holders =
        holders.filter(|(server, holding)| !holding.leaving && server.capacity() != Capacity::ZERO);
    holders.count()
}

/// Tells of copies for which there is no server.
pub(super) fn warn_of_copies(assignment: &Assignment) {
    let (holders, copies) = (holders(assignment), assignment.copies());
    if holders < copies as usize {
        talk::warning(format!(
            "{copies} copies of each slot are wanted, and {holders} are kept: there are no more \
             servers to hold one"
        ));
    }
}

pub(super) fn holdings(assignment: &Assignment) -> Holdings {
    warn_of_copies(assignment);
    let row = |(server, holding): (&Server, &continuum::assignment::Holding)| Held {
        server: server.identity().into_owned(),
        zone: server.zone().map(str::to_owned),
        capacity: server.capacity().get(),
        slots: holding.slots,
        fair: holding.fair,
        copies: holding.copies,
        pinned: holding.pinned,
        leaving: holding.leaving,
    };
    let left = assignment.next_change(None).map(|change| change.moves().len());
    Holdings {
        rows: assignment.servers().iter().zip(&assignment.holdings()).map(row).collect(),
        slots: assignment.slots(),
        copies: assignment.copies(),
        kept: holders(assignment).min(assignment.copies() as usize),
        left: left.map_err(|error| error.to_string()),
        checksum: assignment.checksum(),
    }
}
