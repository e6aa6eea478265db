//! `continuum assign show`: what each server holds, where keys are.

use std::io::{BufWriter, Write};

use continuum::Server;
use continuum::assignment::{Assignment, Holding};

use super::file;
use crate::args::Show;
use crate::failure::Failure;
use crate::output::{Align, Table, write_line};
use crate::talk::printable;

pub(super) fn run(args: &Show, out: &mut dyn Write) -> Result<(), Failure> {
    let (assignment, _) = file::read(&args.file)?;
    if args.keys.is_empty() {
        return servers(&assignment, args.json, out);
    }
    let mut out = BufWriter::new(out);
    for key in &args.keys {
        let slot = assignment.slot_of(key);
        let holders: Vec<_> = assignment.resolve_copies(key).map(Server::identity).collect();
        if args.json {
            write_line(
                &mut out,
                &serde_json::json!({"key": key, "slot": slot, "servers": holders}),
            )?;
        } else {
            let holders: Vec<String> = holders.iter().map(|server| printable(server)).collect();
            writeln!(out, "{}\t{slot}\t{}", printable(key), holders.join("\t"))?;
        }
    }
    Ok(out.flush()?)
}

#[derive(serde::Serialize)]
struct Row<'a> {
    server: &'a str,
    zone: Option<&'a str>,
    capacity: f64,
    slots: u32,
    fair: f64,
    copies: u32,
    pinned: u32,
    leaving: bool,
}

pub(super) fn servers(
    assignment: &Assignment,
    json: bool,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(out);
    let holdings = assignment.holdings();
    if json {
        for (server, holding) in assignment.servers().iter().zip(&holdings) {
            let row = Row {
                server: &server.identity(),
                zone: server.zone(),
                capacity: server.capacity().get(),
                slots: holding.slots,
                fair: holding.fair,
                copies: holding.copies,
                pinned: holding.pinned,
                leaving: holding.leaving,
            };
            write_line(&mut out, &row)?;
        }
        return Ok(out.flush()?);
    }
    let mut table = Table::new([
        ("server", Align::Left),
        ("zone", Align::Left),
        ("capacity", Align::Right),
        ("slots", Align::Right),
        ("share", Align::Right),
        ("copies", Align::Right),
        ("pinned", Align::Right),
    ]);
    for (server, holding) in assignment.servers().iter().zip(&holdings) {
        table.row(row(server, holding));
    }
    table.write(&mut out)?;
    let (slots, copies) = (assignment.slots(), assignment.copies());
    let kept = if copies == 1 { String::new() } else { format!(" on {copies} servers each") };
    let left = assignment.next_change(None).map(|change| change.moves().len());
    let state = match left {
        Ok(0) => "balanced".to_owned(),
        Ok(left) => format!("{left} slots are still to move"),
        Err(error) => error.to_string(),
    };
    writeln!(out, "{slots} slots{kept}; {state}; checksum {:016x}", assignment.checksum())?;
    Ok(out.flush()?)
}

fn row(server: &Server, holding: &Holding) -> [String; 7] {
    let capacity =
        if holding.leaving { "leaving".to_owned() } else { server.capacity().to_string() };
    [
        printable(&server.identity()),
        server.zone().map_or_else(|| "-".to_owned(), printable),
        capacity,
        holding.slots.to_string(),
        format!("{:.2}", holding.fair),
        holding.copies.to_string(),
        holding.pinned.to_string(),
    ]
}
