//! `continuum balance`: how evenly are the keys spread?

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use continuum::Continuum;
use continuum::ownership::Basis;
use serde::Serialize;

use crate::args::Balance;
use crate::failure::Failure;
use crate::input::{self, Workload};
use crate::output::{
    Align, KeyRow, Table, basis, bytes, capacity, count, percent, servers as count_of, share,
    short, wrap, write_line,
};

#[derive(Serialize)]
struct Report {
    pools: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    scheme: String,
    exact: bool,
    bound: Option<f64>,
    busiest: f64,
    spread: f64,
    servers: Vec<ServerRow>,
    keys: Option<u64>,
    bytes: Option<u64>,
    heaviest: Vec<Heavy>,
    advice: Vec<AdviceRow>,
    #[serde(skip)]
    how: String,
}

#[derive(Serialize)]
struct ServerRow {
    server: String,
    capacity: f64,
    /// Of the key space, or of the keys given.
    share: f64,
    fair: f64,
    keys: Option<u64>,
    bytes: Option<u64>,
}

#[derive(Serialize)]
struct Heavy {
    #[serde(flatten)]
    key: KeyRow,
    count: u64,
    server: Option<String>,
}

#[derive(Serialize)]
struct AdviceRow {
    topic: &'static str,
    sentence: String,
}

/// What is counted of each server: keys, and the sum of their sizes.
type Counted = Vec<(u64, u64)>;

pub(crate) fn run(args: &Balance, out: &mut dyn Write) -> Result<(), Failure> {
    let pools = input::pools(&args.file, &args.chosen)?;
    let workload = Workload::read(&args.workload, args.told.quiet)?;
    if !args.told.quiet {
        input::notes(&pools);
    }
    let mut report = Report { pools: Vec::new() };
    for pool in &pools {
        let continuum = input::build_pool(pool)?;
        report.pools.push(row(pool.name(), &continuum, workload.as_ref(), args.heaviest));
    }
    let mut out = BufWriter::new(out);
    if args.told.json {
        write_line(&mut out, &report)?;
    } else {
        for (number, pool) in report.pools.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            write_text(&mut out, pool)?;
        }
    }
    Ok(out.flush()?)
}

fn row(name: &str, continuum: &Continuum, workload: Option<&Workload>, heaviest: usize) -> Row {
    let ownership = continuum.ownership();
    let counted: Option<Counted> = workload.map(|workload| {
        let mut counted = vec![(0, 0_u64); continuum.servers().len()];
        for (key, size) in workload.iter() {
            if let Some(owner) = continuum.resolve_index(key) {
                let (keys, bytes) = &mut counted[owner as usize];
                *keys += 1;
                *bytes = bytes.saturating_add(size);
            }
        }
        counted
    });
    let sized = workload.is_some_and(Workload::sized);
    let all = |of: fn(&(u64, u64)) -> u64| {
        counted.as_ref().map(|counted| counted.iter().map(of).fold(0, u64::saturating_add))
    };
    let (keys, bytes) = (all(|(keys, _)| *keys), all(|(_, bytes)| *bytes).filter(|_| sized));
    let servers: Vec<ServerRow> = continuum
        .servers()
        .iter()
        .enumerate()
        .map(|(number, server)| {
            let counts = counted.as_ref().map(|counted| counted[number]);
            ServerRow {
                server: server.identity().into_owned(),
                capacity: server.capacity().get(),
                share: match (counts, keys) {
                    (Some((own, _)), Some(all)) => part(own, all),
                    _ => ownership.shares()[number],
                },
                fair: continuum.fair_shares()[number],
                keys: counts.map(|(keys, _)| keys),
                bytes: counts.filter(|_| sized).map(|(_, bytes)| bytes),
            }
        })
        .collect();
    let advice = continuum.advice().into_iter().map(|advice| AdviceRow {
        topic: advice.topic().word(),
        sentence: advice.message().to_owned(),
    });
    let basis_of = |counts: Option<u64>| match counts {
        Some(keys) => format!("{} keys", count(keys)),
        None => basis(ownership.basis()),
    };
    Row {
        name: name.to_owned(),
        scheme: continuum.scheme().to_string(),
        exact: keys.is_some() || ownership.basis() == Basis::Exact,
        bound: match ownership.basis() {
            Basis::Sampled { bound, .. } if keys.is_none() => Some(bound),
            _ => None,
        },
        busiest: ratios(&servers).fold(0.0, f64::max),
        spread: spread(&servers),
        heaviest: workload.map_or_else(Vec::new, |all| heavy(continuum, all, heaviest)),
        advice: advice.collect(),
        how: basis_of(keys),
        servers,
        keys,
        bytes,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
fn part(of: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { of as f64 / all as f64 }
}

fn ratio(server: &ServerRow) -> Option<f64> {
    (server.fair > 0.0).then(|| server.share / server.fair)
}

fn ratios(servers: &[ServerRow]) -> impl Iterator<Item = f64> {
    servers.iter().filter_map(ratio)
}

/// The standard deviation of the ratios over their mean.
fn spread(servers: &[ServerRow]) -> f64 {
    let number = f64::from(u32::try_from(ratios(servers).count()).unwrap_or(u32::MAX));
    let mean = ratios(servers).sum::<f64>() / number;
    let variance = ratios(servers).map(|ratio| (ratio - mean) * (ratio - mean)).sum::<f64>();
    if mean > 0.0 { (variance / number).sqrt() / mean } else { 0.0 }
}

/// The keys that come most often, exactly: all are in memory anyway.
fn heavy(continuum: &Continuum, workload: &Workload, most: usize) -> Vec<Heavy> {
    let mut counts: BTreeMap<&[u8], u64> = BTreeMap::new();
    for (key, _) in workload.iter() {
        *counts.entry(key).or_default() += 1;
    }
    // What comes once is not heavy.
    let mut counts: Vec<(&[u8], u64)> = counts.into_iter().filter(|(_, n)| *n > 1).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let heavy = |(key, count): &(&[u8], u64)| Heavy {
        key: KeyRow::from(*key),
        count: *count,
        server: continuum.resolve(key).map(|server| server.identity().into_owned()),
    };
    counts.iter().take(most).map(heavy).collect()
}

fn write_text(out: &mut dyn Write, pool: &Row) -> std::io::Result<()> {
    let name = short(&pool.name, 40);
    let servers = count_of(pool.servers.len());
    let line = format!("{name}: {} · {servers} · {}", pool.scheme, pool.how);
    if line.chars().count() <= 80 {
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{name}: {}\n  {servers} · {}", pool.scheme, pool.how)?;
    }
    let busiest = pool.servers.iter().find(|server| ratio(server) == Some(pool.busiest));
    writeln!(
        out,
        "  busiest {:.2}× its share{} · spread {}\n",
        pool.busiest,
        busiest.map_or_else(String::new, |server| format!(" ({})", short(&server.server, 34))),
        percent(pool.spread)
    )?;
    write_servers(out, pool)?;
    write_heaviest(out, pool)?;
    if !pool.advice.is_empty() {
        writeln!(out)?;
    }
    for advice in &pool.advice {
        for (number, line) in wrap(&advice.sentence, 70).iter().enumerate() {
            writeln!(out, "  {}{line}", if number == 0 { "advice: " } else { "        " })?;
        }
    }
    Ok(())
}

fn write_servers(out: &mut dyn Write, pool: &Row) -> std::io::Result<()> {
    let mut heading = vec![
        ("server", Align::Left),
        ("capacity", Align::Right),
        ("share", Align::Right),
        ("fair", Align::Right),
        ("ratio", Align::Right),
    ];
    heading.extend(pool.keys.map(|_| ("keys", Align::Right)));
    heading.extend(pool.bytes.map(|_| ("size", Align::Right)));
    let figures: Vec<Vec<String>> = pool.servers.iter().map(figures).collect();
    // The name gets what the figures leave of the line.
    let wide = |column: usize| {
        let title = heading[column + 1].0.len();
        figures.iter().map(|row| row[column].chars().count()).fold(title, usize::max)
    };
    let taken: usize = (0..heading.len() - 1).map(|column| wide(column) + 2).sum();
    let room = 78_usize.saturating_sub(taken).clamp(12, 42);
    let mut table = Table::with_columns(&heading);
    for (server, figures) in pool.servers.iter().zip(figures) {
        table.push([vec![short(&server.server, room)], figures].concat());
    }
    table.lines().iter().try_for_each(|line| writeln!(out, "  {line}"))
}

/// What stands behind a server's name.
fn figures(server: &ServerRow) -> Vec<String> {
    let ratio = ratio(server).map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}×"));
    let mut row = vec![capacity(server.capacity), share(server.share), share(server.fair), ratio];
    row.extend(server.keys.map(count));
    row.extend(server.bytes.map(bytes));
    row
}

fn write_heaviest(out: &mut dyn Write, pool: &Row) -> std::io::Result<()> {
    let (Some(first), Some(all)) = (pool.heaviest.first(), pool.keys) else { return Ok(()) };
    let mut table = Table::new([
        ("heaviest keys", Align::Left),
        ("count", Align::Right),
        ("of all", Align::Right),
        ("server", Align::Left),
    ]);
    for heavy in &pool.heaviest {
        table.row([
            short(&heavy.key.to_string(), 28),
            count(heavy.count),
            share(part(heavy.count, all)),
            short(heavy.server.as_deref().unwrap_or("(nobody)"), 26),
        ]);
    }
    writeln!(out)?;
    table.lines().iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    let owner = pool.servers.iter().find(|server| Some(&server.server) == first.server.as_ref());
    if let Some((server, keys)) = owner.and_then(|server| Some((server, server.keys?))) {
        writeln!(
            out,
            "  the heaviest alone is {} of what {} gets",
            percent(part(first.count, keys)),
            short(&server.server, 30)
        )?;
    }
    Ok(())
}
