//! `continuum identify`: which scheme gave these answers?

use std::fs;
use std::io::{BufWriter, Write};
use std::num::NonZero;
use std::path::Path;
use std::thread;

use continuum::Plan;
use continuum::identify::{Identification, Match, Variant, identify};
use serde::Serialize;

use crate::args::Identify;
use crate::failure::Failure;
use crate::input::{self, Input, split_keys};
use crate::output::{KeyRow, count, percent, short, write_line};
use crate::talk;

/// Names shown of schemes that agree as well as the first.
const OTHERS: usize = 5;

#[derive(Serialize)]
struct Report {
    pairs: usize,
    tried: usize,
    /// How many more agree on every pair than `matches` lists.
    unlisted: usize,
    pairs_to_tell_apart: Option<u64>,
    /// The share of pairs that a random mapping would agree on.
    chance: f64,
    matches: Vec<Row>,
    near: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    scheme: String,
    /// How the servers were handed to it.
    servers: &'static str,
    agreed: u64,
    compared: u64,
    /// Whether it is the very map of the first match.
    same_map: bool,
    wrong: Option<Wrong>,
}

#[derive(Serialize)]
struct Wrong {
    #[serde(flatten)]
    key: KeyRow,
    seen: String,
    says: Option<String>,
}

pub(crate) fn run(
    args: &Identify,
    mut stdin: impl Input,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    if args.set.scheme.is_some() {
        return Err(Failure::refused("--scheme: the scheme is what identify looks for"));
    }
    let servers = input::servers(&args.set)?;
    let file = args.pairs.as_deref().filter(|file| *file != Path::new("-"));
    let name = file.unwrap_or(Path::new("stdin"));
    let text = match file {
        Some(file) => fs::read(file),
        None => {
            if stdin.is_a_person() {
                talk::note("reading pairs from the terminal: key, tab, server (end with Ctrl-D)");
            }
            let mut text = Vec::new();
            stdin.read_to_end(&mut text).map(|_| text)
        }
    }
    .map_err(|error| Failure::unreadable(name, &error))?;
    let pairs = pairs(&text, name)?;
    let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let found = identify(&pairs, &servers, threads)?;
    let report = Report::of(&found, args.near, servers.len());
    let mut out = BufWriter::new(out);
    if args.json {
        write_line(&mut out, &report)?;
    } else {
        write_text(&mut out, &report)?;
    }
    out.flush()?;
    if report.matches.is_empty() { Err(Failure::Differences) } else { Ok(()) }
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

impl Report {
    fn of(found: &Identification, near: usize, servers: usize) -> Self {
        let first = found.matches().next();
        let row = |candidate: &Match| Row {
            scheme: candidate.scheme().to_string(),
            servers: candidate.variant().words(),
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
        Self {
            pairs: found.pairs(),
            tried: found.tried(),
            unlisted: found.unlisted(),
            pairs_to_tell_apart: found.pairs_to_tell_apart(),
            chance: 1.0 / f64::from(u32::try_from(servers).unwrap_or(u32::MAX)),
            matches: found.matches().map(row).collect(),
            near: misses.take(near).map(row).collect(),
        }
    }
}

fn same_map(first: &Match, other: &Match) -> bool {
    other.is_match()
        && Plan::exactly(first.continuum(), other.continuum())
            .is_some_and(|plan| plan.moved() == 0.0)
}

fn write_text(out: &mut dyn Write, report: &Report) -> std::io::Result<()> {
    let tried = count(report.tried as u64);
    let all = match report.pairs {
        1 => "the one pair".to_owned(),
        pairs => format!("all {} pairs", count(pairs as u64)),
    };
    match report.matches.len() + report.unlisted {
        0 => writeln!(out, "none of these: no scheme of {tried} tried agrees on {all}")?,
        1 => writeln!(out, "one scheme of {tried} tried agrees on {all}")?,
        several => {
            let several = count(several as u64);
            writeln!(out, "{several} schemes of {tried} tried agree on {all}")?;
        }
    }
    if report.matches.is_empty() {
        writeln!(out, "chance alone gives {}", percent(report.chance))?;
    }
    write_matches(out, report)?;
    if !report.near.is_empty() {
        writeln!(out, "\nnear misses")?;
        for row in &report.near {
            write_row(out, row)?;
        }
    }
    Ok(())
}

/// The first match, its other names, and what cannot be told from it yet.
fn write_matches(out: &mut dyn Write, report: &Report) -> std::io::Result<()> {
    let Some((first, others)) = report.matches.split_first() else { return Ok(()) };
    write_row(out, first)?;
    let named = |row: &&Row| row.servers == Variant::AsGiven.words();
    for (same, title) in [
        (true, "the same map over these servers under other names"),
        (false, "not told apart from it by these pairs"),
    ] {
        let rows: Vec<&Row> = others.iter().filter(|row| row.same_map == same).collect();
        if rows.is_empty() {
            continue;
        }
        writeln!(out, "\n{title}")?;
        // Servers as given first; the JSON has all.
        let (given, other): (Vec<&Row>, Vec<&Row>) = rows.iter().copied().partition(named);
        let shown = if given.is_empty() { &other } else { &given };
        for row in shown.iter().take(OTHERS) {
            let form = if named(row) { String::new() } else { format!(" · {}", row.servers) };
            writeln!(out, "  {}{form}", row.scheme)?;
        }
        let rest = rows.len() - shown.len().min(OTHERS);
        if rest > 0 {
            writeln!(out, "  and {rest} more")?;
        }
    }
    if report.unlisted > 0 {
        writeln!(out, "\n{} more agree and are not listed", count(report.unlisted as u64))?;
    }
    match report.pairs_to_tell_apart {
        Some(more) if !others.is_empty() => {
            writeln!(out, "\n{} more pairs would tell the first two apart (95 % sure)", count(more))
        }
        _ => Ok(()),
    }
}

fn write_row(out: &mut dyn Write, row: &Row) -> std::io::Result<()> {
    writeln!(out, "  {}", row.scheme)?;
    #[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
    let share = row.agreed as f64 / row.compared as f64;
    write!(
        out,
        "    {} of {}, {} · servers {}",
        count(row.agreed),
        count(row.compared),
        percent(share),
        row.servers.trim_start_matches("servers ")
    )?;
    writeln!(out)?;
    if let Some(wrong) = &row.wrong {
        writeln!(
            out,
            "    key '{}' was on {}, it says {}",
            short(&wrong.key.to_string(), 16),
            short(&wrong.seen, 20),
            short(wrong.says.as_deref().unwrap_or("nobody"), 20)
        )?;
    }
    Ok(())
}
