//! A run over memcacheds: each is dumped, and then what its list names is done.

use std::collections::{BTreeMap, BTreeSet};

use super::earlier::{self, States};
use super::lists::{Lists, dump};
use super::run::{Run, all, each};
use crate::error::Error;
use crate::journal::{Base, Done, Mark, Round, State};
use crate::memcached::{Memcached, again, copy, follow, sweep};
use crate::options::Verb;
use crate::outcome::{Evicted, Outcome, ServerTally};
use crate::sample;
use crate::spool::{Spool, Spooled};

pub(super) fn run(mut run: Run<'_>) -> Result<Outcome, Error> {
    let numbers = run.machines(true);
    let mut servers = all(each(&numbers, |number| open(&run, number)))?;
    let before: Vec<u64> = servers.iter().map(|server| server.evictions).collect();
    let sampled = sample(&run, &numbers, &mut servers)?;
    let mut states = States::new();
    let mut found = None;
    if run.options.apply
        && let Some(path) = &run.options.journal
    {
        let opened = earlier::open(&mut run, path)?;
        if let Some(Done { doubts, at, .. }) = &opened.done {
            earlier::already(&run, doubts, *at);
            let done = outcome(&run, &numbers, opened.states, sampled, Vec::new());
            return Ok(Outcome { already: true, ..done });
        }
        found = Some(opened);
    }
    let marks = all(servers.iter_mut().map(|server| mark(&run, server)).collect())?;
    let names = numbers.iter().map(|number| run.machine(*number).name.clone());
    run.now = names.zip(marks).collect();
    if let Some(found) = found {
        states = earlier::take(&mut run, found)?;
    }
    if run.options.apply && !run.resumed && run.verb == Verb::Copy {
        run.marks = run.now.clone();
    }
    let todo: Vec<u32> = numbers
        .iter()
        .copied()
        .filter(|number| {
            !states.get(&run.machine(*number).name).is_some_and(|state| state.finished)
        })
        .collect();
    for (server, number) in servers.iter().zip(&numbers) {
        if todo.contains(number) {
            run.watch.expect(server.items);
        }
    }
    drop(servers);
    let dumped = each(&todo, |number| {
        let settled = states.get(&run.machine(number).name).map(|state| state.settled);
        dump(&run, number, State { settled: settled.unwrap_or_default(), ..State::default() })
    });
    let mut lists: BTreeMap<u32, Lists> = todo.iter().copied().zip(all(dumped)?).collect();
    let arrived = |state: &State| state.arrived;
    // Before our first write nothing was there.
    let clean = !lists.values().any(|list| arrived(&list.state)) && !states.values().any(arrived);
    if !clean && run.base.as_ref().is_some_and(|base| base.cut) {
        run.base = None;
        earlier::unfollowed(&run);
        for list in lists.values_mut() {
            run.read(list.forget())?;
        }
    }
    if run.options.apply && run.options.switched && run.base.is_none() && !clean {
        run.doubt(
            "the journal has no copy before this one that can be followed: if there was one, what it \
             copied and clients deleted since is left",
        );
    }
    if let (Some(later), false) = (lists.iter().find(|(_, list)| list.later), run.options.switched)
    {
        return Err(Error::new(format!(
            "{} holds keys of this change that were written there since the last copy, and not by it: \
             if the switch has been made, say --switched",
            run.machine(*later.0).name
        )));
    }
    if run.options.apply && !run.resumed {
        run.journal.round(Round {
            switched: run.options.switched,
            marks: run.marks.clone(),
            base: run.base.clone(),
            doubts: run.doubts(),
            ..Round::default()
        })?;
    }
    let mut finished = work(&run, lists, &mut states);
    finished &= !run.watch.is_stopped();
    if finished && run.options.apply {
        let base = next_base(&run, clean);
        run.journal.done(Done { base, doubts: run.doubts(), at: earlier::now() })?;
    }
    let mut evictions = Vec::new();
    if run.options.apply && run.verb == Verb::Copy {
        evictions = evicted(&run, &numbers, &before, |number| {
            open(&run, number).map(|server| server.evictions)
        });
    }
    Ok(outcome(&run, &numbers, states, sampled, evictions))
}

fn open(run: &Run<'_>, number: u32) -> Result<Memcached, Error> {
    Memcached::open(run.machine(number), run.options.timeout)
}

/// What the next copy may follow; nothing after the switch, or where clients of the new
/// map may have written before our first write.
fn next_base(run: &Run<'_>, clean: bool) -> Option<Base> {
    if run.verb != Verb::Copy || run.options.switched || !clean {
        return None;
    }
    let mut base = run.base.clone().unwrap_or_default();
    for (name, mark) in &run.marks {
        base.first.entry(name.clone()).or_insert(*mark);
        base.last.entry(name.clone()).or_insert(mark.cas);
    }
    base.wrote(&run.written());
    Some(Base { began: run.marks.clone(), cut: false, ..base })
}

/// How far a machine's counter is; a run that copies nothing does not ask, since that writes.
fn mark(run: &Run<'_>, server: &mut Memcached) -> Result<Mark, Error> {
    if run.options.apply && run.verb == Verb::Copy {
        return server.mark();
    }
    Ok(server.unmarked())
}

fn sample(run: &Run<'_>, numbers: &[u32], servers: &mut [Memcached]) -> Result<(u64, u64), Error> {
    let old = |number: u32| run.machine(number).sides[0];
    let held = numbers.iter().zip(&*servers).filter(|(number, _)| old(**number));
    let all = held.map(|(_, server)| server.items).sum();
    let mut found = BTreeSet::new();
    for (number, server) in numbers.iter().zip(servers) {
        let wanted = sample::part(server.items, all);
        if !old(*number) || wanted == 0 {
            continue;
        }
        // On a connection of its own, which ends in the middle of the dump.
        let mut crawled = open(run, *number)?;
        let mut left = wanted;
        crawled.dump(|key| {
            found.insert((key.key, *number));
            left -= 1;
            Ok(left > 0)
        })?;
    }
    sample::judge(run.route, &found, run.options.max_stray)
}

/// Does what the lists name. Whether all of it was done.
fn work(run: &Run<'_>, lists: BTreeMap<u32, Lists>, states: &mut BTreeMap<String, State>) -> bool {
    let numbers: Vec<u32> = lists.keys().copied().collect();
    let lists = std::sync::Mutex::new(lists);
    let take = |number: &u32| {
        let mut lists = lists.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        lists.remove(number)
    };
    let results = each(&numbers, |number| {
        take(&number).map(|lists| {
            let (state, end) = one(run, number, lists);
            if let Err(error) = &end {
                run.fault(&error.to_string());
            }
            (state, end.unwrap_or(false))
        })
    });
    let mut all = true;
    for (number, result) in numbers.into_iter().zip(results) {
        let Some((mut state, end)) = result else { continue };
        let name = &run.machine(number).name;
        state.finished = end;
        state.wrote = run.written();
        all &= end;
        if run.options.apply
            && let Err(error) = run.journal.state(name, &state)
        {
            run.fault(&error.to_string());
            all = false;
        }
        states.insert(name.clone(), state);
    }
    all
}

fn one(run: &Run<'_>, on: u32, lists: Lists) -> (State, Result<bool, Error>) {
    let Lists { mut state, todo, same, copies, whole, .. } = lists;
    let listed = todo.len() + same.len();
    let before = state.tally().found;
    let end = done(run, on, [todo, same, copies], &mut state);
    if end.is_err() {
        // What was listed and not reached has failed.
        let left = listed.saturating_sub(state.tally().found - before);
        state.pass.found += left;
        state.pass.failed += left;
    }
    (state, end.map(|end| end && whole))
}

/// Does what the three lists of a machine name. Whether all of it was done.
fn done(
    run: &Run<'_>,
    on: u32,
    [todo, same, copies]: [Spool; 3],
    state: &mut State,
) -> Result<bool, Error> {
    let read = |list: Spool| run.read(list.read());
    if run.verb == Verb::Sweep {
        return sweep(run, on, read(todo)?, state);
    }
    if !run.options.apply {
        return would(run, read(todo)?, state).map(|()| true);
    }
    let mut all = true;
    if copies.len() > 0 {
        all &= follow(run, on, read(copies)?, &mut state.pass)?;
    }
    if todo.len() > 0 {
        all &= copy(run, on, read(todo)?, state)?;
    }
    if same.len() > 0 {
        let (missing, asked) = again(run, on, read(same)?, state)?;
        all &= asked;
        if missing.len() > 0 {
            all &= copy(run, on, read(missing)?, state)?;
        }
    }
    Ok(all)
}

/// What a dry run of a copy counts.
fn would(run: &Run<'_>, mut todo: Spooled, state: &mut State) -> Result<(), Error> {
    while let Some(entry) = run.read(todo.next())? {
        state.pass.found += 1;
        state.pass.moved += 1;
        state.pass.bytes += entry.size;
    }
    Ok(())
}

/// Who threw out keys since.
pub(super) fn evicted(
    run: &Run<'_>,
    numbers: &[u32],
    before: &[u64],
    now: impl Fn(u32) -> Result<u64, Error>,
) -> Vec<Evicted> {
    let mut evicted = Vec::new();
    for (number, before) in numbers.iter().zip(before) {
        let machine = run.machine(*number);
        // One that is lost has been told of.
        if machine.sides[1]
            && let Ok(now) = now(*number)
            && now > *before
        {
            evicted.push(Evicted { server: machine.name.clone(), keys: now - before });
        }
    }
    evicted
}

pub(super) fn outcome(
    run: &Run<'_>,
    numbers: &[u32],
    mut states: BTreeMap<String, State>,
    sampled: (u64, u64),
    evictions: Vec<Evicted>,
) -> Outcome {
    let (faults, notes) = run.told();
    let servers = numbers.iter().map(|number| {
        let server = run.machine(*number).name.clone();
        let state = states.remove(&server).unwrap_or_default();
        let (tally, finished) = (state.tally(), state.finished);
        let cleared = finished && !run.in_part.contains(number) && tally.leaves_none();
        ServerTally { server, tally, finished, cleared }
    });
    let same = run.route.machines().iter().filter_map(|machine| {
        Some((machine.name.clone(), run.machine(machine.same_as?).name.clone()))
    });
    Outcome {
        applied: run.options.apply,
        servers: servers.collect(),
        same: same.collect(),
        interrupted: run.watch.is_stopped(),
        resumed: run.resumed,
        already: false,
        faults,
        doubts: run.doubts(),
        notes,
        evictions,
        sampled,
        seconds: 0.0,
    }
}
