//! `continuum assign change`: other servers, other pins, then moves.

use std::collections::BTreeMap;

use continuum::assignment::Assignment;
use continuum::{Capacity, Server, Servers};

use super::file;
use super::lock::Lock;
use super::moved::moved;
use super::show;
use crate::args::{Change, Set};
use crate::failure::Failure;
use crate::input::{self, find};
use crate::report::Moved;

/// Reads, changes and writes under one lock: of several at once each builds on
/// what the one before left.
pub(crate) fn run(args: &Change) -> Result<Moved, Failure> {
    let lock = if args.dry_run { None } else { Some(Lock::take(&args.file, !args.no_wait)?) };
    let (old, form) = file::read(&args.file)?;
    let mut new = old.clone();
    for slot in &args.unpin {
        new.unpin(*slot)?;
    }
    new.set_servers(&servers(args, &new)?)?;
    let mut pinned = BTreeMap::new();
    for text in &args.pin {
        let (slot, name) = split(text, "--pin", "SLOT=SERVER")?;
        let slot = slot.parse::<u32>().map_err(|_| {
            Failure::refused(format!("--pin '{}': the slot is not a number", text.escape_debug()))
        })?;
        let identity = find(new.servers(), name)?;
        new.pin(slot, &identity)?;
        if let Some(before) = pinned.insert(slot, name)
            && before != name
        {
            return Err(Failure::refused(format!(
                "--pin: slot {slot} is given twice, to '{}' and to '{}'",
                before.escape_debug(),
                name.escape_debug()
            )));
        }
    }
    let change = new.change(args.limit)?;
    show::warn_of_copies(&new);
    if let Some(lock) = &lock {
        file::replace(lock, &new, form)?;
    }
    Ok(moved(&old, &new, &change, args.moves))
}

/// Why the report of a change was not printed: whoever tries again must know that it is made.
pub(crate) fn unprinted(args: &Change, failure: Failure) -> Failure {
    if args.dry_run { failure } else { failure.although("the table is changed") }
}

/// The set after the change.
fn servers(args: &Change, assignment: &Assignment) -> Result<Servers, Failure> {
    let mut servers = match &args.servers_file {
        Some(_) => {
            let set = Set { servers_file: args.servers_file.clone(), ..Set::default() };
            input::servers(&set)?
        }
        None => {
            let mut staying = Servers::new();
            for (server, holding) in assignment.servers().iter().zip(assignment.holdings()) {
                if !holding.leaving {
                    staying.add(server.clone())?;
                } else if args.remove.iter().any(|text| *text == server.identity()) {
                    let name = server.identity().escape_debug().to_string();
                    let sentence = "is being removed already: give no --remove to go on";
                    return Err(Failure::refused(format!("server '{name}' {sentence}")));
                }
            }
            staying
        }
    };
    for text in &args.remove {
        let identity = find(&servers, text)?;
        servers.remove(&identity)?;
    }
    for text in &args.weight {
        let (name, weight) = split(text, "--weight", "SERVER=CAPACITY")?;
        let identity = find(&servers, name)?;
        servers.set_capacity(&identity, weight.parse::<Capacity>()?)?;
    }
    for text in &args.add {
        servers.add(match text.split_once('@') {
            Some((name, address)) => address.parse::<Server>()?.with_name(name),
            None => text.parse::<Server>()?,
        })?;
    }
    for text in &args.zone {
        let (name, zone) = split(text, "--zone", "SERVER=ZONE")?;
        let identity = find(&servers, name)?;
        let mut zoned = Servers::new();
        for server in &servers {
            let server = server.clone();
            zoned.add(if server.identity() == identity {
                server.with_zone(zone)
            } else {
                server
            })?;
        }
        servers = zoned;
    }
    Ok(servers)
}

fn split<'a>(text: &'a str, option: &str, form: &str) -> Result<(&'a str, &'a str), Failure> {
    // A slot's number has no '='; a server's address may.
    let parts = if option == "--pin" { text.split_once('=') } else { text.rsplit_once('=') };
    parts.ok_or_else(|| {
        Failure::refused(format!("{option} '{}': expected {form}", text.escape_debug()))
    })
}
