//! The start of a run: what the machines speak, and what of it can be done.

use std::time::{Duration, Instant};

use super::identity::joined;
use super::run::{Run, all, each};
use super::{caches, stores};
use crate::dial::Protocol;
use crate::error::Error;
use crate::memcached::speaks;
use crate::options::{Options, Verb};
use crate::outcome::Outcome;
use crate::route::Route;
use crate::watch::Watch;

/// Copies, moves or sweeps; a dry run unless the options say to apply it. What a
/// dry run would do is counted as done.
///
/// Takes memory for a few batches of keys and values, whatever the machines hold; a
/// few connections for each of up to eight machines that are gone through at once.
///
/// # Errors
/// Nothing was written: a machine does not answer or cannot do what is asked, the
/// sampled keys lie elsewhere than the old map says ([`Error::is_strayed`]), or the
/// journal is another run's. What goes wrong later is among the outcome's faults.
pub fn run(route: &Route, verb: Verb, options: &Options, watch: &Watch) -> Result<Outcome, Error> {
    let started = Instant::now();
    let (protocol, route, notes) = asked(route, verb, options, watch)?;
    let run = Run::new(&route, verb, options, watch);
    notes.iter().for_each(|note| run.note(note));
    let mut outcome = match (protocol, verb) {
        (Protocol::Memcached, Verb::Move) => {
            return Err(Error::new(
                "memcached has no command that moves a key: copy before the switch, copy once more with \
                 --switched after it, then sweep",
            ));
        }
        (Protocol::Redis, Verb::Copy) if options.switched => {
            return Err(Error::new(
                "--switched is for memcached, whose counters tell what was written since: after the \
                 switch of a Redis, use move",
            ));
        }
        (Protocol::Memcached, _) => caches::run(run)?,
        (Protocol::Redis, _) => stores::run(run)?,
    };
    outcome.seconds = started.elapsed().as_secs_f64();
    Ok(outcome)
}

/// What all machines speak, the route with those that are one server taken for one, and a
/// sentence for each of these.
pub(super) fn asked(
    route: &Route,
    verb: Verb,
    options: &Options,
    watch: &Watch,
) -> Result<(Protocol, Route, Vec<String>), Error> {
    let protocol = protocol(&Run::new(route, verb, options, watch), options.timeout)?;
    let (route, notes) = joined(route, protocol, options.timeout)?;
    Ok((protocol, route, notes))
}

/// What all machines speak.
fn protocol(run: &Run<'_>, timeout: Duration) -> Result<Protocol, Error> {
    let numbers = run.machines(true);
    let told = all(each(&numbers, |number| {
        let machine = run.machine(number);
        speaks(&machine.name, &machine.endpoint, timeout).map(|protocol| (number, protocol))
    }))?;
    let mut told = told.into_iter();
    let Some((first, protocol)) = told.next() else {
        return Err(Error::new("neither map has a server"));
    };
    if let Some((other, _)) = told.find(|(_, other)| *other != protocol) {
        let (first, other) = (&run.machine(first).name, &run.machine(other).name);
        return Err(Error::new(format!("{first} speaks {protocol}, and {other} does not")));
    }
    Ok(protocol)
}
