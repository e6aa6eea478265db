//! `continuum schemes`: the catalogue.

use std::io::{BufWriter, Write};

use continuum::Scheme;
use continuum::scheme::{Capacities, Minimal, Order, SchemeEntry};

use crate::args::Schemes;
use crate::failure::Failure;
use crate::output::{Align, Table, write_line};

pub(crate) fn run(args: &Schemes, out: &mut dyn Write) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    match &args.scheme {
        Some(text) => {
            let scheme: Scheme = text.parse()?;
            if args.json {
                write_line(&mut out, &Row::of(&scheme))?
            } else {
                show(&scheme, &mut out)?
            }
        }
        None if args.json => {
            for entry in Scheme::catalogue() {
                write_line(&mut out, &Row::of(&entry.scheme()))?;
            }
        }
        None => list(&mut out)?,
    }
    Ok(out.flush()?)
}

/// A line for each scheme; the program last, as its versions may be long.
fn list(out: &mut dyn Write) -> Result<(), Failure> {
    let mut table = Table::new([
        ("scheme", Align::Left),
        ("order", Align::Left),
        ("minimal", Align::Left),
        ("capacities", Align::Left),
        ("answers", Align::Right),
        ("program", Align::Left),
    ]);
    for entry in Scheme::catalogue() {
        let scheme = entry.scheme();
        table.row([
            entry.name().to_owned(),
            order(scheme.order()).to_owned(),
            minimal(scheme.minimal()),
            capacities(scheme.capacities()),
            entry.proven().to_string(),
            program(entry),
        ]);
    }
    Ok(table.write(out)?)
}

fn show(scheme: &Scheme, out: &mut dyn Write) -> Result<(), Failure> {
    let entry = scheme.entry();
    writeln!(out, "{scheme:#}\n{}\n", entry.about())?;
    writeln!(out, "program     {}", program(entry))?;
    if !entry.aliases().is_empty() {
        writeln!(out, "also named  {}", entry.aliases().join(", "))?;
    }
    writeln!(out, "order       {}", order(scheme.order()))?;
    writeln!(out, "minimal     {}", minimal(scheme.minimal()))?;
    writeln!(out, "capacities  {}", scheme.capacities())?;
    writeln!(out, "answers     {} checked against the program", entry.proven())?;
    if entry.options().is_empty() {
        return Ok(writeln!(out, "\nIt takes no options.")?);
    }
    writeln!(out, "\nOptions, each with its default:")?;
    for option in entry.options() {
        writeln!(out, "  {}={}", option.name(), option.default())?;
        writeln!(out, "      {}\n      {}", option.about(), option.accepts())?;
    }
    Ok(())
}

fn program(entry: &SchemeEntry) -> String {
    format!("{} {}", entry.program(), entry.versions()).trim_end().to_owned()
}

fn order(order: Order) -> &'static str {
    match order {
        Order::Free => "free",
        Order::Ties => "ties",
        Order::Positional => "positional",
    }
}

fn minimal(minimal: Minimal) -> String {
    let changes = [(minimal.add, "add"), (minimal.remove, "remove"), (minimal.weight, "weight")];
    let hold: Vec<&str> = changes.iter().filter(|(holds, _)| *holds).map(|(_, n)| *n).collect();
    match hold.len() {
        0 => "none".to_owned(),
        3 => "all".to_owned(),
        _ => hold.join(" "),
    }
}

/// The capacities in a word or two; `show` has the whole phrase.
fn capacities(capacities: Capacities) -> String {
    match capacities {
        Capacities::Any => "any".to_owned(),
        Capacities::UpTo(most) => format!("0 to {most}"),
        Capacities::Whole(_) => "whole".to_owned(),
        Capacities::WholeZeroIsOne(_) => "whole, 0 is 1".to_owned(),
        Capacities::BelowOneIsOne(_) => "any, below 1 is 1".to_owned(),
        Capacities::Ignored => "ignored".to_owned(),
    }
}

#[derive(serde::Serialize)]
struct Row<'a> {
    name: &'a str,
    scheme: String,
    aliases: &'a [&'a str],
    program: &'a str,
    versions: &'a str,
    about: &'a str,
    order: &'a str,
    positional: bool,
    minimal: MinimalRow,
    capacities: String,
    answers: u64,
    options: Vec<OptionRow<'a>>,
}

#[derive(serde::Serialize)]
struct MinimalRow {
    add: bool,
    remove: bool,
    weight: bool,
}

#[derive(serde::Serialize)]
struct OptionRow<'a> {
    name: &'a str,
    default: &'a str,
    value: String,
    accepts: String,
    choices: Option<&'a [&'a str]>,
    about: &'a str,
}

impl<'a> Row<'a> {
    fn of(scheme: &Scheme) -> Self {
        let (entry, minimal) = (scheme.entry(), scheme.minimal());
        let options =
            entry.options().iter().zip(scheme.options()).map(|(option, (name, value))| OptionRow {
                name,
                default: option.default(),
                value,
                accepts: option.accepts(),
                choices: option.choices(),
                about: option.about(),
            });
        Self {
            name: entry.name(),
            scheme: scheme.to_string(),
            aliases: entry.aliases(),
            program: entry.program(),
            versions: entry.versions(),
            about: entry.about(),
            order: order(scheme.order()),
            positional: scheme.order() == Order::Positional,
            minimal: MinimalRow {
                add: minimal.add,
                remove: minimal.remove,
                weight: minimal.weight,
            },
            capacities: scheme.capacities().to_string(),
            answers: entry.proven(),
            options: options.collect(),
        }
    }
}
