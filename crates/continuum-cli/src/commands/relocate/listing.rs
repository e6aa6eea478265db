//! Lists keys that do not lie where they belong: of live servers, or of a file.

use std::io::Write;

use continuum_move::{Listing, Route, list as list_keys};

use super::{follow, reach};
use crate::args::{self, ListKeys};
use crate::failure::Failure;
use crate::input::Workload;
use crate::output::KeyRows;
use crate::talk;
use crate::words::count;

pub(super) fn list(args: &ListKeys, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let json = args.between.report.json;
    if args.keys.is_some() {
        return of_file(args, &mut KeyRows::new(out, json));
    }
    let mut options = reach::options(&args.between);
    let route = reach::route(&args.between, &mut options)?;
    reach::note_same(&route, args.between.report.quiet);
    let watch = follow::watch()?;
    let mut rows = KeyRows::new(out, json);
    let mut failed = None;
    let listed = follow::with_bar(&watch, || {
        list_keys(&route, &options, &watch, |listing| {
            let name = |number: u32| name(&route, number);
            match rows.row(&listing, name(listing.from), listing.to.map(name)) {
                Ok(()) => true,
                Err(failure) => {
                    failed = Some(failure);
                    false
                }
            }
        })
    });
    rows.finish()?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    let outcome = listed.map_err(Failure::refused)?;
    let total = outcome.total();
    if !args.between.report.quiet {
        outcome.notes.iter().for_each(|note| talk::note(note));
        talk::note(&format!(
            "{} keys found: {} in place, {} would move, {} lie where neither OLD nor NEW says",
            count(total.found),
            count(total.in_place),
            count(total.moved),
            count(total.skipped.total())
        ));
    }
    if outcome.interrupted {
        return Err(Failure::Differences(vec!["interrupted: the list is not whole".to_owned()]));
    }
    Ok(())
}

fn name(route: &Route, number: u32) -> &str {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    route.machines().get(at).map_or("", |machine| &machine.name)
}

/// The keys of a file that move, by the maps alone.
fn of_file(args: &ListKeys, rows: &mut KeyRows<'_>) -> Result<(), Failure> {
    let quiet = args.between.report.quiet;
    let (sides, _) = reach::sides(&args.between)?;
    let workload = args::Workload { keys: args.keys.clone(), ..Default::default() };
    let Some(workload) = Workload::read(&workload, quiet)? else { return Ok(()) };
    let plain = continuum_config::KeyRule::default();
    let (mut all, mut moved) = (0_u64, 0_u64);
    for (key, size) in workload.iter(&plain) {
        all += 1;
        let owner = |side: &continuum_move::Side| {
            side.owner(&key).map(|server| server.identity().into_owned())
        };
        let [from, to] = sides.each_ref().map(owner);
        if from == to {
            continue;
        }
        moved += 1;
        let listing = Listing::of_key(key, size);
        rows.row(&listing, from.as_deref().unwrap_or("-"), to.as_deref())?;
    }
    workload.finish()?;
    rows.finish()?;
    if !quiet {
        talk::note(&format!("{} of {} keys move", count(moved), count(all)));
    }
    Ok(())
}
