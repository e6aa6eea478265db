//! Goes through a machine page by page (`SCAN`), until a pass finds nothing to move:
//! `SCAN` may give a key twice, and miss one that is written meanwhile.

use std::collections::BTreeMap;

use super::fate::Fate;
use super::hands::Hands;
use super::server::Redis;
use crate::engine::Run;
use crate::error::Error;
use crate::journal::{Batch, Position, State};
use crate::options::{OnConflict, Verb};
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
    let mut position = begin(run, source.run_id.clone(), state);
    let mut hands = Hands::new(run, from, source);
    // Whether this pass has seen all of the machine: only then it can be the last.
    let mut whole = position.cursor == 0 && position.database == 0;
    for passes in 0.. {
        hands.pass = position.pass;
        // Databases in front of the position are done.
        let first = position.database;
        let all = hands.source.databases.iter().map(|(number, _)| *number);
        let wanted = all.filter(|number| *number >= first && run.wants(*number));
        for number in wanted.collect::<Vec<_>>() {
            let cursor = if number == position.database { position.cursor } else { 0 };
            let at = Position { database: number, cursor, ..position.clone() };
            match database(run, from, &mut hands, (at, passes == 0), state)? {
                Some(moved) => {
                    position = Position { database: number + 1, cursor: 0, moved, ..position }
                }
                None => return Ok(false),
            }
        }
        let again = run.options.apply && run.verb != Verb::Copy && (position.moved > 0 || !whole);
        if !again {
            break;
        }
        if passes >= PASSES {
            let name = &run.machine(from).name;
            run.fault(&format!(
                "{name} still has new keys for others after {PASSES} passes: clients write there under OLD"
            ));
            return Ok(false);
        }
        // What is still there is counted anew.
        state.pass = Tally::default();
        position = Position { pass: position.pass + 1, ..START };
        whole = true;
        hands.source.look()?;
        state.position = Some(position.clone());
        run.journal.state(&run.machine(from).name, state)?;
    }
    Ok(state.pass.failed == 0)
}

const START: Position = Position { database: 0, pass: 0, cursor: 0, moved: 0 };

/// Where a machine is begun, or gone on with.
fn begin(run: &Run<'_>, life: Option<String>, state: &mut State) -> Position {
    let finished = std::mem::take(&mut state.finished);
    let choice = run.options.on_conflict;
    let before = state.choice.replace(choice.name().to_owned());
    let same_choice = before.is_some_and(|before| before == choice.name());
    let same_life = life.is_some() && state.life == life;
    state.life = life;
    let failed = state.pass.failed > 0;
    let at = state.position.take();
    // Cursors are of one life of a machine. A copy compares all that it finds.
    if let Some(at) = &at
        && same_life
        && !finished
        && !failed
        && run.verb != Verb::Copy
    {
        return at.clone();
    }
    state.pass = Tally::default();
    let pass = match at {
        // What an earlier pass left undecided stays so, until another choice is made by who has
        // been told of it.
        Some(at) if same_choice || !(finished || failed) => at.pass + 1,
        _ => u32::from(same_choice && choice != OnConflict::Leave),
    };
    Position { pass, ..START }
}

/// One database from a position on. What this pass has moved so far; none: it was stopped.
fn database(
    run: &Run<'_>,
    from: u32,
    hands: &mut Hands<'_>,
    (mut position, first): (Position, bool),
    state: &mut State,
) -> Result<Option<u64>, Error> {
    hands.source.select(position.database)?;
    loop {
        if run.watch.is_stopped() {
            return Ok(None);
        }
        let (next, keys) = hands.source.scan(position.cursor, run.pace.batch(PAGE))?;
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
        let all = run.count(&keys);
        let batches = batches(run, hands, (position.database, keys), &mut pass, state);
        let batches = batches.inspect_err(|_| fail(all, pass, state))?;
        for (keys, bytes) in batches {
            run.pace.pass(run.count(&keys), bytes, run.watch);
            if run.watch.is_stopped() {
                return Ok(None);
            }
            let before = pass.found + state.settled.found;
            let place = (to, position.database);
            match batch(run, from, hands, place, (&keys, bytes), &mut pass, state) {
                Ok(some) => moved += some,
                Err(error) => {
                    let counted = pass.found + state.settled.found - before;
                    fail(run.count(&keys).saturating_sub(counted), pass, state);
                    return Err(error);
                }
            }
        }
    }
    Ok(Some((pass, moved)))
}

/// So many keys were in hand when the machine was lost. This is for the report alone: the
/// next run asks where they are.
fn fail(keys: u64, mut pass: Tally, state: &mut State) {
    pass.found += keys;
    pass.failed += keys;
    state.pass = pass;
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

/// How many keys lie where the new map puts them, and are not on their old owner.
pub(crate) fn left_over(run: &Run<'_>, on: u32) -> Result<u64, Error> {
    let source = Redis::open(run.machine(on), run.options.timeout)?;
    let databases: Vec<u32> = source.databases.iter().map(|(number, _)| *number).collect();
    let (mut hands, mut all) = (Hands::new(run, on, source), 0);
    for number in databases.into_iter().filter(|number| run.wants(*number)) {
        hands.source.select(number)?;
        let mut cursor = 0;
        while !run.watch.is_stopped() {
            let (next, keys) = hands.source.scan(cursor, run.pace.batch(PAGE))?;
            run.pace.pass(run.count(&keys), 0, run.watch);
            let mut arrived: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
            for key in keys.into_iter().filter(|key| run.route.lies(key, on) == Lies::InPlace) {
                if let Some(old) = run.route.old_owner(&key).filter(|old| *old != on) {
                    arrived.entry(old).or_default().push(key);
                }
            }
            for (old, keys) in arrived {
                all += hands.left_over(old, number, &keys)?;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
    }
    Ok(all)
}

/// Counts what was in hand when a run was killed.
pub(crate) fn settle(
    run: &Run<'_>,
    from: u32,
    batch: &Batch,
    state: &mut State,
) -> Result<(), Error> {
    let source = Redis::open(run.machine(from), run.options.timeout)?;
    let mut hands = Hands::new(run, from, source);
    let to = batch.to.as_ref().and_then(|name| run.number(name));
    let fates = hands.gone(to, batch.database, &batch.keys)?;
    count_gone(&fates, batch.bytes, &mut state.settled);
    Ok(())
}
