//! A run over Redis servers: each is gone through page by page.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::caches::{evicted, outcome};
use super::earlier::now;
use super::run::{Run, all, each};
use crate::error::Error;
use crate::journal::{Done, Head, Journal, Round, State};
use crate::options::{OnConflict, Verb};
use crate::outcome::Outcome;
use crate::redis::{Redis, carry, check, left_over, settle};
use crate::sample;

/// A database of so many keys is sampled whole.
const SMALL: u64 = 2 * sample::KEYS;

pub(super) fn run(mut run: Run<'_>) -> Result<Outcome, Error> {
    let numbers = run.machines(true);
    let mut servers = all(each(&numbers, |number| open(&run, number)))?;
    let before: Vec<u64> = servers.iter().map(|server| server.evictions).collect();
    run.evicted = numbers.iter().copied().zip(before.iter().copied()).collect();
    let (sampled, found) = sample(&run, &numbers, &mut servers)?;
    others(&run, &numbers, &servers);
    if run.verb != Verb::Sweep {
        room(&run, &numbers, &servers, &found)?;
    }
    check(&run, numbers.iter().copied().zip(&mut servers))?;
    let is_left = |database: u32| {
        !run.wants(database) && run.options.of_database.is_none_or(|of| of == database)
    };
    let in_part = numbers
        .iter()
        .zip(&servers)
        .filter(|(_, server)| server.databases.iter().any(|(database, _)| is_left(*database)));
    run.in_part = in_part.map(|(number, _)| *number).collect();
    let mut states = BTreeMap::new();
    if run.options.apply
        && let Some(path) = &run.options.journal
    {
        let head = Head::new(run.verb.name(), run.route, run.options);
        let (journal, found) = Journal::open(path, &head, false)?;
        (run.journal, states, run.resumed) = (journal, found.states, found.resumed);
        run.follows = run.resumed || !found.choices.is_empty();
        found.doubts.iter().for_each(|doubt| run.doubt(doubt));
        for (name, batch) in &found.open {
            if let Some(number) = run.number(name) {
                let state = states.entry(name.clone()).or_default();
                settle(&run, number, batch, state)?;
                let keys = batch.keys.iter().map(|key| (batch.database, key.clone()));
                run.in_doubt.extend(keys);
                run.journal.state(name, state)?;
            }
        }
        if !run.resumed {
            let choices = found.choices;
            let replaces = run.verb == Verb::Move && run.options.on_conflict == OnConflict::Replace;
            // After a first run its own keys are there.
            let doubts = if replaces && choices.is_empty() { deleted(&run)? } else { Vec::new() };
            for (name, choice) in &choices {
                let state = states.entry(name.clone()).or_insert_with(State::default);
                state.choice = Some(choice.clone());
            }
            run.journal.round(Round { doubts, choices, ..Round::default() })?;
        }
    }
    // A copy also looks for what was deleted since another one. What is finished is looked at
    // again: clients may have written there since.
    let todo = run.machines(run.verb != Verb::Move);
    for (server, number) in servers.iter().zip(&numbers) {
        if todo.contains(number) {
            run.watch.expect(server.items());
        }
    }
    drop(servers);
    let states = Mutex::new(states);
    let ends = each(&todo, |number| {
        let name = &run.machine(number).name;
        let mut state = {
            let states = states.lock().unwrap_or_else(PoisonError::into_inner);
            states.get(name).cloned().unwrap_or_default()
        };
        let mut end = carry(&run, number, &mut state);
        if let Ok(true) = end {
            state.finished = true;
            end = run.journal.state(name, &state).map(|()| true);
        }
        states.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), state);
        if let Err(error) = &end {
            run.fault(&error.to_string());
        }
        end.unwrap_or(false)
    });
    if ends.into_iter().all(|end| end) && run.options.apply {
        run.journal.done(Done { at: now(), ..Done::default() })?;
    }
    let states = states.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut evictions = Vec::new();
    if run.options.apply && run.verb != Verb::Sweep {
        evictions = evicted(&run, &numbers, &before, |number| {
            open(&run, number).map(|server| server.evictions)
        });
    }
    Ok(outcome(&run, &numbers, states, sampled, evictions))
}

/// Sentences on keys that a copy may have left on their new owners, and that were deleted on
/// their old ones: what replaces copies does not take these back.
fn deleted(run: &Run<'_>) -> Result<Vec<String>, Error> {
    let mut new = run.machines(true);
    new.retain(|number| run.machine(*number).sides[1]);
    let left = all(each(&new, |number| left_over(run, number)))?;
    let told = new.iter().zip(left).filter(|(_, keys)| *keys > 0).map(|(number, keys)| {
        format!(
            "{keys} of the keys that {} held when this began are not on their old owner: deleted there \
             since a copy, or written or moved under NEW, and left as they are",
            run.machine(*number).name
        )
    });
    let told: Vec<String> = told.collect();
    told.iter().for_each(|doubt| run.doubt(doubt));
    Ok(told)
}

fn open(run: &Run<'_>, number: u32) -> Result<Redis, Error> {
    Redis::open(run.machine(number), run.options.timeout)
}

/// Databases with keys that are not gone through are worth a word.
fn others(run: &Run<'_>, numbers: &[u32], servers: &[Redis]) {
    for (number, server) in numbers.iter().zip(servers) {
        let others = server.databases.iter().filter(|(database, _)| !run.wants(*database));
        let others: Vec<String> = others.map(|(database, _)| database.to_string()).collect();
        if !others.is_empty() {
            let wanted: Vec<_> = run.options.databases.iter().map(u32::to_string).collect();
            run.note(&format!(
                "{} holds keys in other databases than {}, which are left: {}",
                run.machine(*number).name,
                wanted.join(", "),
                others.join(", ")
            ));
        }
    }
}

/// Whether the machines have room for what comes there, by what was sampled. One that would
/// throw out keys for it is refused, where all of it is to come; else it is a note.
fn room(run: &Run<'_>, numbers: &[u32], servers: &[Redis], found: &Found) -> Result<(), Error> {
    let held: BTreeMap<u32, u64> = numbers
        .iter()
        .zip(servers)
        .map(|(number, server)| (*number, server.memory.used.saturating_sub(server.memory.startup)))
        .collect();
    let comes = sample::comes(run.route, found, &held);
    let mut databases = servers.iter().flat_map(|server| &server.databases);
    let all = run.options.max_value.is_none() && databases.all(|(number, _)| run.wants(*number));
    for (number, server) in numbers.iter().zip(servers) {
        let (comes, room) = (comes.get(number).copied().unwrap_or(0), server.memory.room());
        if server.memory.most == 0 || comes <= room {
            continue;
        }
        let name = &run.machine(*number).name;
        let lacks = format!("{name} has room for {room} bytes, and some {comes} are to come there");
        if !server.memory.evicts() {
            run.note(&format!("{lacks}: it will take no more when it is full"));
            continue;
        }
        let policy = &server.memory.policy;
        let lacks = format!(
            "{lacks}: it would throw out other keys for them (maxmemory-policy {policy}). Give it more \
             memory, or set its maxmemory-policy to noeviction until they are there"
        );
        if run.options.apply && all {
            return Err(Error::new(lacks));
        }
        run.note(&lacks);
    }
    Ok(())
}

/// Sampled keys, each with the machine on which it lies.
type Found = BTreeSet<(Vec<u8>, u32)>;

fn sample(
    run: &Run<'_>,
    numbers: &[u32],
    servers: &mut [Redis],
) -> Result<((u64, u64), Found), Error> {
    let old = |number: u32| run.machine(number).sides[0];
    let wanted = |server: &Redis| {
        let databases = server.databases.iter().copied();
        databases.filter(|(database, _)| run.wants(*database)).collect::<Vec<_>>()
    };
    let held = numbers.iter().zip(&*servers).filter(|(number, _)| old(**number));
    let all = held.flat_map(|(_, server)| wanted(server)).map(|(_, keys)| keys).sum();
    let mut found = BTreeSet::new();
    for (number, server) in numbers.iter().zip(servers).filter(|(number, _)| old(**number)) {
        for (database, keys) in wanted(server) {
            let wanted = sample::part(keys, all);
            let sampled = if keys <= SMALL {
                server.all(database)?
            } else {
                server.sample(database, wanted)?
            };
            let most = usize::try_from(wanted).unwrap_or(usize::MAX);
            found.extend(sampled.into_iter().take(most).map(|key| (key, *number)));
        }
    }
    let sampled = sample::judge(run.route, &found, run.options.max_stray)?;
    Ok((sampled, found))
}
