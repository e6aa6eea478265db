//! Goes through a machine page by page (`SCAN`), until a pass finds nothing to move:
//! `SCAN` may give a key twice, and miss one that is written meanwhile.

use std::collections::BTreeMap;

use super::fate::Fate;
use super::hands::Hands;
use super::server::Redis;
use crate::engine::Run;
use crate::error::Error;
use crate::journal::{Batch, Position, State};
use crate::options::Verb;
use crate::route::Lies;
use crate::tally::Tally;

/// Keys of a page: a millisecond of the machine's time.
const PAGE: usize = 2000;
/// Keys and bytes of a batch: both machines wait while it moves.
const KEYS: usize = 1000;
const BYTES: u64 = 2 << 20;
/// Passes after which what is still written under the old map is left for another run.
const PASSES: u32 = 50;

/// Goes through a machine from where its state says. Returns whether it came to the end.
pub(crate) fn carry(run: &Run<'_>, from: u32, state: &mut State) -> Result<bool, Error> {
    let source = Redis::open(run.machine(from), run.options.timeout)?;
    let mut databases: Vec<u32> = source.databases.iter().map(|(number, _)| *number).collect();
    databases.retain(|number| run.wants(*number));
    let mut hands = Hands::new(run, source);
    if state.pass.failed > 0 {
        // What failed is tried again, and what is still there counted anew.
        state.pass = Tally::default();
        state.position = None;
    }
    let start = Position { database: 0, pass: 0, cursor: 0, moved: 0 };
    let mut position = state.position.clone().unwrap_or(start);
    loop {
        hands.pass = position.pass;
        // Databases in front of the position are done.
        let first = position.database;
        for number in databases.iter().copied().filter(|number| *number >= first) {
            let cursor = if number == position.database { position.cursor } else { 0 };
            let at = Position { database: number, cursor, ..position.clone() };
            match database(run, from, &mut hands, at, state)? {
                Some(moved) => {
                    position = Position { database: number + 1, cursor: 0, moved, ..position }
                }
                None => return Ok(false),
            }
        }
        let again = run.options.apply && run.verb != Verb::Copy && position.moved > 0;
        if !again || position.pass >= PASSES {
            return Ok(state.pass.failed == 0);
        }
        // What is still there is counted anew.
        state.pass = Tally::default();
        position = Position { database: 0, pass: position.pass + 1, cursor: 0, moved: 0 };
        state.position = Some(position.clone());
        run.journal.state(&run.machine(from).name, state)?;
    }
}

/// One database from a position on. What this pass has moved so far; none: it was stopped.
fn database(
    run: &Run<'_>,
    from: u32,
    hands: &mut Hands<'_>,
    mut position: Position,
    state: &mut State,
) -> Result<Option<u64>, Error> {
    hands.source.select(position.database)?;
    loop {
        if run.watch.is_stopped() {
            return Ok(None);
        }
        let (next, keys) = hands.source.scan(position.cursor, run.pace.batch(PAGE))?;
        let first = position.pass == 0;
        let seen = run.count(&keys);
        let Some((pass, moved)) = page(run, from, hands, &position, keys, state)? else {
            return Ok(None);
        };
        state.pass = pass;
        position.moved += moved;
        // The end of a database is the start of the next, also for whoever goes on here.
        let done = next == 0;
        position.cursor = next;
        let database = if done { position.database + 1 } else { position.database };
        state.position = Some(Position { database, ..position.clone() });
        run.journal.state(&run.machine(from).name, state)?;
        if first {
            run.watch.done(seen);
        }
        if done {
            return Ok(Some(position.moved));
        }
    }
}

/// What is counted after a page, and what of it was moved; none: it was stopped.
fn page(
    run: &Run<'_>,
    from: u32,
    hands: &mut Hands<'_>,
    position: &Position,
    mut keys: Vec<Vec<u8>>,
    state: &mut State,
) -> Result<Option<(Tally, u64)>, Error> {
    // Small tables give a key twice within a page.
    keys.sort();
    keys.dedup();
    let mut pass = state.pass;
    let mut moved = 0;
    let mut groups: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
    let mut arrived: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
    for key in keys {
        match run.route.lies(&key, from) {
            Lies::Moving(to) => groups.entry(to).or_default().push(key),
            Lies::Stray(to) if run.verb == Verb::Sweep => groups.entry(to).or_default().push(key),
            other => {
                pass.found += 1;
                match other {
                    Lies::InPlace => {
                        pass.in_place += 1;
                        let old = run.route.old_owner(&key).filter(|old| *old != from);
                        if let (Verb::Copy, Some(old)) = (run.verb, old) {
                            arrived.entry(old).or_default().push(key);
                        }
                    }
                    Lies::Unowned => pass.skipped.unowned += 1,
                    _ => pass.skipped.stray += 1,
                }
            }
        }
    }
    for (old, keys) in arrived {
        pass.left_over += hands.left_over(old, position.database, &keys)?;
    }
    for (to, keys) in groups {
        for (keys, bytes) in batches(run, hands, (position.database, keys), &mut pass, state)? {
            run.pace.pass(run.count(&keys), bytes, run.watch);
            if run.watch.is_stopped() {
                return Ok(None);
            }
            moved +=
                batch(run, from, hands, (to, position.database), (&keys, bytes), &mut pass, state)?;
        }
    }
    Ok(Some((pass, moved)))
}

/// Keys and their bytes together.
type Weighed = (Vec<Vec<u8>>, u64);

/// Keys that are there and small enough, in batches with their bytes.
fn batches(
    run: &Run<'_>,
    hands: &mut Hands<'_>,
    (database, keys): (u32, Vec<Vec<u8>>),
    pass: &mut Tally,
    state: &mut State,
) -> Result<Vec<Weighed>, Error> {
    let sizes = hands.source.sizes(&keys)?;
    let most = run.pace.batch(KEYS);
    let mut batches: Vec<Weighed> = Vec::new();
    for (key, size) in keys.into_iter().zip(sizes) {
        if hands.is_written(database, &key) {
            pass.found += 1;
            pass.skipped.changed += 1;
            continue;
        }
        let Some(size) = size else {
            let tally = if run.verb == Verb::Copy { &mut *pass } else { &mut state.settled };
            tally.found += 1;
            tally.vanished += 1;
            continue;
        };
        if run.verb != Verb::Sweep && run.options.max_value.is_some_and(|most| size > most) {
            pass.found += 1;
            pass.skipped.too_big += 1;
            continue;
        }
        match batches.last_mut() {
            Some((batch, bytes)) if batch.len() < most && *bytes + size <= BYTES => {
                batch.push(key);
                *bytes += size;
            }
            _ => batches.push((vec![key], size)),
        }
    }
    Ok(batches)
}

/// Does what is to be done with a batch. How many keys it moved.
fn batch(
    run: &Run<'_>,
    from: u32,
    hands: &mut Hands<'_>,
    (to, database): (u32, u32),
    (keys, bytes): (&[Vec<u8>], u64),
    pass: &mut Tally,
    state: &mut State,
) -> Result<u64, Error> {
    let count = run.count(keys);
    if !run.options.apply {
        pass.found += count;
        pass.moved += count;
        pass.bytes += bytes;
        return Ok(0);
    }
    let machine = &run.machine(from).name;
    let leaves = run.verb != Verb::Copy;
    if leaves {
        let to = (run.verb == Verb::Move).then(|| run.machine(to).name.clone());
        let (machine, keys) = (machine.clone(), keys.to_vec());
        run.journal.begin(Batch { machine, to, database, bytes, keys })?;
    }
    let fates = match run.verb {
        Verb::Sweep => hands.sweep(to, database, keys)?,
        _ => hands.take_with_room(to, database, (keys, bytes))?,
    };
    // What is gone from the machine is counted for good; what is not, by each pass.
    let gone = if leaves { &mut state.settled } else { &mut *pass };
    let moved = count_gone(&fates, bytes, gone);
    count_left(&fates, pass);
    if leaves {
        run.journal.state(machine, state)?;
    }
    Ok(moved)
}

fn count_gone(fates: &[Fate], bytes: u64, tally: &mut Tally) -> u64 {
    let of = |fate: Fate| fates.iter().filter(|other| **other == fate).count();
    let count = |fate: Fate| u64::try_from(of(fate)).unwrap_or(u64::MAX);
    let (moved, vanished, yielded) =
        (count(Fate::Moved), count(Fate::Vanished), count(Fate::Yielded));
    tally.found += moved + vanished + yielded;
    tally.moved += moved;
    tally.vanished += vanished;
    tally.conflicts += yielded;
    // The bytes of a batch are known, those of a key in it by its part.
    let all = u64::try_from(fates.len().max(1)).unwrap_or(u64::MAX);
    tally.bytes += bytes / all * moved + (if moved == all { bytes % all } else { 0 });
    moved + yielded
}

fn count_left(fates: &[Fate], tally: &mut Tally) {
    for fate in fates {
        match fate {
            Fate::Moved | Fate::Vanished | Fate::Yielded => continue,
            Fate::Conflict => {
                tally.conflicts += 1;
                tally.undecided += 1;
            }
            Fate::Changed => tally.skipped.changed += 1,
            Fate::OnlyCopy => tally.skipped.only_copy += 1,
            Fate::Missing | Fate::Failed => tally.failed += 1,
        }
        tally.found += 1;
    }
}

/// Counts what was in hand when a run was killed.
pub(crate) fn settle(
    run: &Run<'_>,
    from: u32,
    batch: &Batch,
    state: &mut State,
) -> Result<(), Error> {
    let source = Redis::open(run.machine(from), run.options.timeout)?;
    let mut hands = Hands::new(run, source);
    let to = batch.to.as_ref().and_then(|name| run.number(name));
    let fates = hands.gone(to, batch.database, &batch.keys)?;
    count_gone(&fates, batch.bytes, &mut state.settled);
    Ok(())
}
