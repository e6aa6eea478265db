//! What lies where it does not belong.

use std::time::Instant;

use super::begin::asked;
use super::caches::outcome;
use super::run::{Run, all, each};
use crate::dial::Protocol;
use crate::error::Error;
use crate::journal::State;
use crate::memcached::Memcached;
use crate::options::{Options, Verb};
use crate::outcome::Outcome;
use crate::redis::Redis;
use crate::route::{Lies, Listing, Route};
use crate::watch::Watch;

/// Gives each key that does not lie where the new map puts it to `row`, machine by
/// machine, until it answers false. Writes nothing anywhere. Keys are counted as for a
/// copy: those that would move, and strays as skipped.
///
/// # Errors
/// A machine does not answer, or is lost meanwhile.
pub fn list(
    route: &Route,
    options: &Options,
    watch: &Watch,
    mut row: impl FnMut(Listing) -> bool,
) -> Result<Outcome, Error> {
    let started = Instant::now();
    let (protocol, route, notes) = asked(route, Verb::Copy, options, watch)?;
    let run = Run::new(&route, Verb::Copy, options, watch);
    notes.iter().for_each(|note| run.note(note));
    let numbers = run.machines(true);
    let mut states = std::collections::BTreeMap::new();
    let caches = protocol == Protocol::Memcached;
    if caches {
        let open = |number| {
            Memcached::open(run.machine(number), options.timeout).map(|server| server.items)
        };
        all(each(&numbers, open))?.into_iter().for_each(|items| watch.expect(items));
    } else {
        let open =
            |number| Redis::open(run.machine(number), options.timeout).map(|server| server.items());
        all(each(&numbers, open))?.into_iter().for_each(|items| watch.expect(items));
    }
    for number in &numbers {
        let mut state = State::default();
        let mut take = |listing: Listing| {
            watch.done(1);
            let more = count(&run, &listing, &mut state);
            (more.is_none_or(|listed| row(Listing { to: listed.0, stray: listed.1, ..listing })))
                && !watch.is_stopped()
        };
        let whole = if caches {
            cache(&run, *number, &mut take)?
        } else {
            store(&run, *number, &mut take)?
        };
        state.finished = whole;
        states.insert(run.machine(*number).name.clone(), state);
        if !whole {
            break;
        }
    }
    let mut outcome = outcome(&run, &numbers, states, (0, 0), Vec::new());
    outcome.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

/// Counts a key; where it should lie and whether it strays, if it is to be listed.
fn count(run: &Run<'_>, key: &Listing, state: &mut State) -> Option<(Option<u32>, bool)> {
    let tally = &mut state.pass;
    tally.found += 1;
    match run.route.lies(&key.key, key.from) {
        Lies::InPlace => {
            tally.in_place += 1;
            None
        }
        Lies::Moving(to) => {
            tally.moved += 1;
            tally.bytes += key.bytes.unwrap_or(0);
            Some((Some(to), false))
        }
        Lies::Stray(to) => {
            tally.skipped.stray += 1;
            Some((Some(to), true))
        }
        Lies::Unowned => {
            tally.skipped.unowned += 1;
            Some((None, false))
        }
    }
}

fn cache(run: &Run<'_>, number: u32, take: &mut dyn FnMut(Listing) -> bool) -> Result<bool, Error> {
    let mut server = Memcached::open(run.machine(number), run.options.timeout)?;
    let (now, mut whole) = (server.now(), true);
    server.dump(|key| {
        whole = take(Listing {
            key: key.key,
            from: number,
            to: None,
            stray: false,
            database: None,
            bytes: Some(key.size),
            expires: key.ends.map(|ends| ends.saturating_sub(now)),
        });
        Ok(whole)
    })?;
    Ok(whole)
}

fn store(run: &Run<'_>, number: u32, take: &mut dyn FnMut(Listing) -> bool) -> Result<bool, Error> {
    let mut server = Redis::open(run.machine(number), run.options.timeout)?;
    let databases: Vec<u32> = server.databases.iter().map(|(database, _)| *database).collect();
    for database in databases.into_iter().filter(|database| run.wants(*database)) {
        let mut whole = true;
        server.pages(database, |server, keys| {
            let sizes = server.sizes(&keys)?;
            let left = server.left(&keys)?;
            for ((key, bytes), left) in keys.into_iter().zip(sizes).zip(left) {
                if bytes.is_none() {
                    continue;
                }
                whole = whole
                    && take(Listing {
                        key,
                        from: number,
                        to: None,
                        stray: false,
                        database: Some(database),
                        bytes: bytes.filter(|bytes| *bytes > 0),
                        expires: u64::try_from(left).ok().map(|left| left.div_ceil(1000)),
                    });
            }
            Ok(whole)
        })?;
        if !whole {
            return Ok(false);
        }
    }
    Ok(true)
}
