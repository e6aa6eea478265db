//! `continuum identify`: which scheme gave these answers?

use std::num::NonZero;
use std::path::Path;
use std::thread;

use continuum::Plan;
use continuum::identify::{Identification, Match, Variant, identify};

use crate::args::Identify;
use crate::failure::Failure;
use crate::input::{self, Input, split_keys};
use crate::report::{Identified, KeyRow, SchemeRow, Wrong};
use crate::talk;

/// Bytes of pairs: some hundred thousand tell any two schemes apart.
const LARGEST: u64 = 64 << 20;

pub(crate) fn run(args: &Identify, stdin: impl Input) -> Result<Identified, Failure> {
    if args.set.scheme.is_some() {
        return Err(Failure::refused("--scheme: the scheme is what identify looks for"));
    }
    let servers = input::servers(&args.set)?;
    let file = args.pairs.as_deref().unwrap_or(Path::new("-"));
    let stdin_is_read = file == Path::new("-");
    if stdin_is_read && stdin.is_a_person() {
        talk::note("reading pairs from the terminal: key, tab, server (end with Ctrl-D)");
    }
    let name = if stdin_is_read { Path::new("stdin") } else { file };
    let text = input::read(file, LARGEST)?;
    let pairs = pairs(&text, name)?;
    let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let found = identify(&pairs, &servers, threads)?;
    Ok(report(&found, args.near, servers.len()))
}

/// The last tab of a line stands before the server: keys may hold tabs.
fn pairs<'a>(text: &'a [u8], name: &Path) -> Result<Vec<(&'a [u8], &'a str)>, Failure> {
    let refuse =
        |number: usize, why: &str| Failure::refused(format!("{}:{number}: {why}", name.display()));
    if text.is_empty() {
        return Err(Failure::refused(format!("{}: there is no pair in it", name.display())));
    }
    (1..)
        .zip(split_keys(text, b'\n'))
        .map(|(number, line)| {
            let tab = memchr::memrchr(b'\t', line)
                .ok_or_else(|| refuse(number, "no tab: a pair is a key, a tab and a server"))?;
            let server = line[tab + 1..].strip_suffix(b"\r").unwrap_or(&line[tab + 1..]);
            let server = std::str::from_utf8(server)
                .map_err(|_| refuse(number, "the server's name is not UTF-8"))?;
            Ok((&line[..tab], server))
        })
        .collect()
}

fn report(found: &Identification, near: usize, servers: usize) -> Identified {
    let first = found.matches().next();
    let row = |candidate: &Match| SchemeRow {
        scheme: candidate.scheme().to_string(),
        servers: candidate.variant().words(),
        as_given: candidate.variant() == Variant::AsGiven,
        agreed: candidate.agreed(),
        compared: candidate.compared(),
        same_map: first.is_some_and(|first| same_map(first, candidate)),
        wrong: candidate.wrong().map(|wrong| Wrong {
            key: KeyRow::from(&*wrong.key),
            seen: wrong.seen.to_string(),
            says: wrong.says.as_ref().map(ToString::to_string),
        }),
    };
    let misses = found.candidates().iter().filter(|candidate| !candidate.is_match());
    Identified {
        pairs: found.pairs(),
        tried: found.tried(),
        untried: found.untried(),
        unlisted: found.unlisted(),
        pairs_to_tell_apart: found.pairs_to_tell_apart(),
        chance: 1.0 / f64::from(u32::try_from(servers).unwrap_or(u32::MAX)),
        matches: found.matches().map(row).collect(),
        near: misses.take(near).map(row).collect(),
    }
}

fn same_map(first: &Match, other: &Match) -> bool {
    other.is_match()
        && Plan::exactly(first.continuum(), other.continuum())
            .is_some_and(|plan| plan.moved() == 0.0)
}
