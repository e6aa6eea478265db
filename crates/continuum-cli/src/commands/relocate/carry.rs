//! Copies, moves, sweeps: a dry run, or in earnest.

use std::path::{Path, PathBuf};

use continuum::Plan;
use continuum::plan::Matching;
use continuum_move::{OnConflict, Options, Outcome, Route, Side, Verb, run};

use super::{follow, reach};
use crate::args::{Between, Conflict, CopyKeys, Gently, MoveKeys, SweepKeys};
use crate::failure::Failure;
use crate::report::{Range, Relocated, ranges};
use crate::talk;
use crate::words::share_of;

pub(super) fn copy(args: &CopyKeys) -> Result<Relocated, Failure> {
    let mut options = options(&args.between, &args.gently)?;
    options.switched = args.switched;
    options.max_value = args.max_value;
    options.relay = args.values.relay;
    carry(&args.between, Verb::Copy, &options, args.values.ranges)
}

pub(super) fn relocate(args: &MoveKeys) -> Result<Relocated, Failure> {
    let mut options = options(&args.between, &args.gently)?;
    options.on_conflict = match args.on_conflict {
        Conflict::Leave => OnConflict::Leave,
        Conflict::Keep => OnConflict::Keep,
        Conflict::Replace => OnConflict::Replace,
    };
    options.max_value = args.max_value;
    options.relay = args.values.relay;
    carry(&args.between, Verb::Move, &options, args.values.ranges)
}

pub(super) fn sweep(args: &SweepKeys) -> Result<Relocated, Failure> {
    let mut options = options(&args.between, &args.gently)?;
    options.orphans = args.orphans;
    carry(&args.between, Verb::Sweep, &options, false)
}

fn options(between: &Between, gently: &Gently) -> Result<Options, Failure> {
    let mut options = reach::options(between);
    options.apply = gently.apply;
    options.journal.clone_from(&gently.journal);
    options.keys_per_second = gently.max_keys_per_second;
    options.bytes_per_second = gently.max_bytes_per_second;
    options.max_stray = share_of(&gently.max_stray).ok_or_else(|| {
        let text = gently.max_stray.escape_debug();
        Failure::refused(format!("--max-stray '{text}': expected a share such as 1% or 0.01"))
    })?;
    Ok(options)
}

/// A change has a journal of its own, and so has the way back.
fn journal(verb: Verb, route: &Route) -> PathBuf {
    let [old, new] = route.fingerprints().map(|print| print >> 32);
    PathBuf::from(format!("continuum-{}-{old:08x}-{new:08x}.journal", verb.name()))
}

fn carry(
    args: &Between,
    verb: Verb,
    options: &Options,
    ranges: bool,
) -> Result<Relocated, Failure> {
    let mut options = options.clone();
    let route = reach::route(args, &mut options)?;
    options.journal =
        options.apply.then(|| options.journal.unwrap_or_else(|| journal(verb, &route)));
    let options = &options;
    reach::note_same(&route, args.report.quiet);
    if verb == Verb::Move
        && options.on_conflict == OnConflict::Keep
        && let Some(file) = copied(&route, options.journal.as_deref())
    {
        return Err(Failure::refused(format!(
            "{} is the journal of a copy of this change: --on-conflict keep would keep copies that are \
             older than what was written under OLD since. Say leave, or replace while no client has \
             switched; if nothing was written in between, move the journal away",
            file.display()
        )));
    }
    let watch = follow::watch()?;
    let done = follow::with_bar(&watch, || run(&route, verb, options, &watch));
    let outcome = done.map_err(|error| {
        if error.is_strayed() {
            Failure::Differences(vec![error.to_string()])
        } else {
            Failure::refused(error)
        }
    })?;
    if !args.report.quiet {
        outcome.notes.iter().for_each(|note| talk::note(note));
    }
    let mut report = Relocated::of(verb, &route, options, &outcome);
    if ranges {
        report.done = done_ranges(&route, &outcome);
    }
    Ok(report)
}

/// The journal of a copy between the same maps, beside this one, if there is one.
fn copied(route: &Route, beside: Option<&Path>) -> Option<PathBuf> {
    let file = beside?.with_file_name(journal(Verb::Copy, route));
    file.is_file().then_some(file)
}

/// What `Transition::finish` is to be told: the ranges or slots whose old owner has none of
/// their keys any more, or none that counts. None where the maps have no space in common.
fn done_ranges(route: &Route, outcome: &Outcome) -> Option<Vec<Range>> {
    let [old, new] = route.sides().each_ref().map(Side::continuum);
    let plan = Plan::between(old, new, Matching::Identity);
    let cleared = |name: &str| {
        let name = outcome.same.get(name).map_or(name, |first| first);
        let mut servers = outcome.servers.iter();
        outcome.applied && servers.any(|server| server.cleared && server.server == name)
    };
    let is_done = |range: &Range| {
        let from = range.from.as_deref().and_then(|name| route.old_machine(name));
        let at = from.and_then(|from| usize::try_from(from).ok());
        at.and_then(|at| route.machines().get(at)).is_some_and(|machine| cleared(&machine.name))
    };
    Some(ranges(&plan)?.into_iter().filter(is_done).collect())
}
