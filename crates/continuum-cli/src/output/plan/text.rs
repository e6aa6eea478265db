//! A plan as text of 80 columns: a line for each server.

use std::io::{self, Write};

use super::{Counts, FlowRow, Part, PoolPlan, Range, Report, ServerRow};
use crate::output::{
    Align, Table, basis, bytes, capacity as plain, count, percent, servers as count_of, share,
    short,
};

/// How much is shown.
#[derive(Clone, Copy)]
pub(crate) struct Detail {
    /// Bars behind the servers' lines.
    pub(crate) bars: bool,
    /// Every flow instead of the largest.
    pub(crate) all_flows: bool,
}

const LARGEST: usize = 10;
const WIDTH: usize = 80;
/// Widest names in the servers' table, and on each side of a flow.
const NAME: usize = 30;
const END: usize = 29;

pub(crate) fn write_text(out: &mut dyn Write, report: &Report, detail: Detail) -> io::Result<()> {
    for (number, pool) in report.pools.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        write_pool(out, pool, detail)?;
    }
    for pool in &report.unmatched {
        writeln!(out, "\n{}: only in {}", short(&pool.name, 40), pool.file)?;
    }
    Ok(())
}

fn write_pool(out: &mut dyn Write, pool: &PoolPlan, detail: Detail) -> io::Result<()> {
    write_head(out, pool)?;
    if let Some(steps) = &pool.steps {
        for (number, step) in steps.iter().enumerate() {
            writeln!(out, "\nstep {} of {}:", number + 1, steps.len())?;
            write_figures(out, step)?;
            write_servers(out, step, detail)?;
        }
        return Ok(());
    }
    if pool.flows.is_empty() && pool.is_unchanged() {
        return Ok(());
    }
    write_servers(out, pool, detail)?;
    if pool.flows.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    write_flows(out, &pool.flows, detail)?;
    pool.ranges.as_ref().map_or(Ok(()), |ranges| write_ranges(out, ranges))
}

/// The pool, its scheme and size, and the figures.
fn write_head(out: &mut dyn Write, pool: &PoolPlan) -> io::Result<()> {
    let (before, after) = pool.sizes();
    let servers =
        if before == after { count_of(after) } else { format!("{before} → {}", count_of(after)) };
    let scheme = if pool.scheme == pool.scheme_after {
        pool.scheme.clone()
    } else {
        format!("{} → {}", pool.scheme, pool.scheme_after)
    };
    let how = match pool.counts {
        Some(counts) => format!("{} keys", count(counts.keys)),
        None => basis(pool.basis),
    };
    let name = short(&pool.name, 40);
    let line = format!("{name}: {scheme} · {servers} · {how}");
    if line.chars().count() <= WIDTH {
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{name}: {scheme}\n  {servers} · {how}")?;
    }
    if let Some(note) = pool.matched.note() {
        writeln!(out, "  {note}")?;
    }
    write_figures(out, pool)?;
    if let Some(reference) = &pool.reference {
        writeln!(
            out,
            "  same change under {}: moves {}, busiest {:.2}×",
            reference.scheme,
            percent(reference.moved),
            reference.busiest
        )?;
    }
    Ok(())
}

fn write_figures(out: &mut dyn Write, pool: &PoolPlan) -> io::Result<()> {
    if pool.flows.is_empty() {
        return writeln!(out, "  moves nothing");
    }
    // Given keys are spread as they are: the fair shares say what should move.
    let least = if pool.counts.is_some() { "by fair shares" } else { "least possible" };
    writeln!(
        out,
        "  moves {} of keys · {least} {} · needless {}",
        percent(pool.moved),
        percent(pool.least),
        percent(pool.needless)
    )?;
    if let Some(Counts { keys, moved_keys, bytes: all, moved_bytes }) = pool.counts {
        write!(out, "  {} of {} keys", count(moved_keys), count(keys))?;
        match (moved_bytes, all) {
            (Some(moved), Some(all)) => writeln!(out, ", {} of {}", bytes(moved), bytes(all))?,
            _ => writeln!(out)?,
        }
    }
    write!(out, "  busiest {:.2}× → {:.2}× its share", pool.busiest.before, pool.busiest.after)?;
    match pool.busiest_after() {
        Some(server) => writeln!(out, " ({})", short(server, 36)),
        None => writeln!(out),
    }
}

fn write_servers(out: &mut dyn Write, pool: &PoolPlan, detail: Detail) -> io::Result<()> {
    let mut table = Table::new([
        ("server", Align::Left),
        ("capacity", Align::Right),
        ("before", Align::Right),
        ("after", Align::Right),
        ("change", Align::Right),
    ]);
    let part = |part: Option<Part>| part.map_or_else(|| "-".to_owned(), |part| share(part.share));
    for server in &pool.servers {
        table.row([
            short(&server.server, NAME),
            capacity(server),
            part(server.before),
            part(server.after),
            format!("{:+.2} %", change(server) * 100.0),
        ]);
    }
    let lines = table.lines();
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0) + 2;
    let room = WIDTH.saturating_sub(width + 2).min(32);
    let most = pool.servers.iter().map(larger).fold(0.0, f64::max);
    writeln!(out)?;
    for (number, line) in lines.iter().enumerate() {
        let bar = match number.checked_sub(1).map(|index| &pool.servers[index]) {
            Some(server) if detail.bars && room >= 8 && most > 0.0 => bar(server, most, room),
            _ => String::new(),
        };
        let pad = " ".repeat(width - 2 - line.chars().count());
        writeln!(out, "{}", format!("  {line}{pad}  {bar}").trim_end())?;
    }
    Ok(())
}

fn capacity(server: &ServerRow) -> String {
    let text = |part: Option<Part>| match part {
        Some(part) => plain(part.capacity),
        None => "-".to_owned(),
    };
    let (before, after) = (text(server.before), text(server.after));
    if before == after { after } else { format!("{before} → {after}") }
}

fn shares(server: &ServerRow) -> (f64, f64) {
    let of = |part: Option<Part>| part.map_or(0.0, |part| part.share);
    (of(server.before), of(server.after))
}

fn change(server: &ServerRow) -> f64 {
    let (before, after) = shares(server);
    // No minus in front of nothing.
    if (after - before).abs() < 0.000_05 { 0.0 } else { after - before }
}

fn larger(server: &ServerRow) -> f64 {
    let (before, after) = shares(server);
    before.max(after)
}

/// What stays solid, what goes light, what comes dark.
fn bar(server: &ServerRow, most: f64, room: usize) -> String {
    let (before, after) = shares(server);
    let cells = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a line of 80"
        )]
        let cells = (share / most * room as f64).round() as usize;
        cells.min(room)
    };
    let stays = cells(before.min(after));
    let rest = cells(before.max(after)) - stays;
    let mark = if after > before { "▒" } else { "░" };
    "█".repeat(stays) + &mark.repeat(rest)
}

fn write_flows(out: &mut dyn Write, flows: &[FlowRow], detail: Detail) -> io::Result<()> {
    let shown = if detail.all_flows { flows.len() } else { LARGEST.min(flows.len()) };
    let end = |name: &Option<String>| short(name.as_deref().unwrap_or("(nobody)"), END);
    let mut table =
        Table::new([("from", Align::Left), ("to", Align::Left), ("share", Align::Right)]);
    for flow in &flows[..shown] {
        table.row([end(&flow.from), end(&flow.to), share(flow.share)]);
    }
    for line in table.lines() {
        writeln!(out, "  {line}")?;
    }
    let rest = &flows[shown..];
    if !rest.is_empty() {
        let sum: f64 = rest.iter().map(|flow| flow.share).sum();
        writeln!(out, "  and {} more flows, {}", count(rest.len() as u64), share(sum))?;
    }
    Ok(())
}

fn write_ranges(out: &mut dyn Write, ranges: &[Range]) -> io::Result<()> {
    let end = |name: &Option<String>| short(name.as_deref().unwrap_or("(nobody)"), 16);
    match ranges.first().and_then(|range| range.slots) {
        Some(slots) => writeln!(out, "\n  slots that move, of {}", count(slots))?,
        None => writeln!(out, "\n  positions that move")?,
    }
    for Range { first, last, from, to, .. } in ranges {
        let at = if first == last { first.clone() } else { format!("{first}-{last}") };
        writeln!(out, "  {at}  {} → {}", end(from), end(to))?;
    }
    Ok(())
}
