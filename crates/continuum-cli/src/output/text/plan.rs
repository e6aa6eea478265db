//! A plan: the verdict, the figures, a line for each server that changes.

use std::io::{self, Write as _};

use continuum::plan::{NamedFlow, Part, ServerChange};

use super::{Cell, Text, Tone};
use crate::failure::Failure;
use crate::output::Report;
use crate::output::table::Table;
use crate::report::{
    Alone, Gate, PlanReport, PoolPlan, Range, change, down, matching_note, readdressed,
};
use crate::words::{
    about, basis, bytes, capacity as plain, count, percent, servers as count_of, share,
};

const LARGEST: usize = 10;
/// Bars take no more of a line than this, and no less.
const BAR: std::ops::RangeInclusive<usize> = 8..=32;

impl Report for PlanReport {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for (number, pool) in self.pools.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            out.plan(pool, self)?;
        }
        if !self.pools.is_empty() && !self.alone.is_empty() {
            writeln!(out)?;
        }
        out.alone(&self.alone, self.gate.as_ref())
    }

    fn outcome(&self) -> Result<(), Failure> {
        self.gate.as_ref().map_or(Ok(()), Gate::outcome)
    }
}

impl Text<'_> {
    /// Pools of one side.
    pub(super) fn alone(&mut self, pools: &[Alone], gate: Option<&Gate>) -> io::Result<()> {
        for pool in pools {
            let (name, sentence) = (self.name(&pool.name, 40), self.name(&pool.sentence(), 400));
            let failed = gate.filter(|gate| !gate.passes(&pool.name));
            let failed = failed.map_or_else(String::new, |_| self.paint(Tone::Bad, ": FAILED"));
            writeln!(self, "{name} {sentence}{failed}")?;
        }
        Ok(())
    }

    fn plan(&mut self, pool: &PoolPlan, report: &PlanReport) -> io::Result<()> {
        self.plan_head(pool, report.gate.as_ref())?;
        if let Some(steps) = &pool.steps {
            for (number, step) in steps.iter().enumerate() {
                let title = format!("step {} of {}: {}", number + 1, steps.len(), step.movement());
                writeln!(self)?;
                self.verdict(&title, None)?;
                self.plan_figures(step)?;
                self.plan_servers(step, report.all)?;
            }
            return Ok(());
        }
        if pool.plan.flows.is_empty() && pool.is_unchanged() {
            return Ok(());
        }
        self.plan_servers(pool, report.all)?;
        if pool.plan.flows.is_empty() {
            return Ok(());
        }
        writeln!(self)?;
        self.plan_flows(&pool.plan.flows, report.all_flows)?;
        pool.ranges.as_ref().map_or(Ok(()), |ranges| self.plan_ranges(ranges))
    }

    /// The verdict; the pool, its scheme and size; the figures.
    fn plan_head(&mut self, pool: &PoolPlan, gate: Option<&Gate>) -> io::Result<()> {
        let name = self.name(&pool.name, 40);
        let verdict = format!("{name}: {}, {}", pool.changes(), pool.movement());
        let judged = pool.judgement(gate);
        let tone = |passes: bool| if passes { Tone::Plus } else { Tone::Bad };
        let judged = judged.as_ref().map(|(passes, words)| (tone(*passes), words.as_str()));
        self.verdict(&verdict, judged)?;
        let (before, after) = pool.sizes();
        let how = match pool.plan.counts {
            Some(counts) => format!("{} keys", count(counts.keys)),
            None => basis(pool.basis),
        };
        self.parts(&[
            if pool.scheme == pool.scheme_after {
                pool.scheme.clone()
            } else {
                format!("{} → {}", pool.scheme, pool.scheme_after)
            },
            if pool.key == pool.key_after {
                format!("hashes {}", self.name(&pool.key, 40))
            } else {
                String::new()
            },
            if before == after {
                count_of(after)
            } else {
                format!("{} → {}", count(before as u64), count_of(after))
            },
            how,
        ])?;
        if let Some(note) = matching_note(pool.plan.matched) {
            self.parts(&[note.to_owned()])?;
        }
        if pool.key != pool.key_after {
            let same = format!("of equal keys {} would move", percent(pool.plan.moved));
            writeln!(self, "  {same}")?;
        }
        if let Some(sentence) = readdressed::sentence(&pool.readdressed) {
            writeln!(self, "  {}", self.name(&sentence, 400))?;
        }
        if let Some(sentence) = down::sentence(&pool.down) {
            writeln!(self, "  {}", self.name(&sentence, 400))?;
        }
        self.plan_figures(pool)?;
        let Some(reference) = &pool.reference else { return Ok(()) };
        let under = format!("same change under {}: moves", reference.scheme);
        let (moved, busiest) = (percent(reference.moved), reference.busiest);
        self.parts(&[format!("{under} {moved}, busiest {busiest:.2}×")])
    }

    fn plan_figures(&mut self, pool: &PoolPlan) -> io::Result<()> {
        if pool.plan.flows.is_empty() {
            return Ok(());
        }
        let mut parts = vec![format!("needless {}", percent(pool.plan.needless))];
        if let Some(counts) = pool.plan.counts {
            parts.push(format!("{} of {} keys", count(counts.moved_keys), count(counts.keys)));
            if let (Some(moved), Some(all)) = (counts.moved_bytes, counts.bytes) {
                parts.push(format!("{} of {}", bytes(moved), bytes(all)));
            }
        }
        let server = pool.busiest_after().map(|server| format!(" ({})", self.name(server, 36)));
        let (before, after) = (pool.plan.busiest.before, pool.plan.busiest.after);
        let server = server.unwrap_or_default();
        parts.push(format!("busiest {before:.2}× → {after:.2}× its fair share{server}"));
        self.parts(&parts)
    }

    fn plan_servers(&mut self, pool: &PoolPlan, all: bool) -> io::Result<()> {
        let (rows, rest, within) = pool.by_change(all);
        let mut table = Table::new(&["~server", "?>capacity", "?>before", ">after", ">change"]);
        let part = |part: Option<Part>| part.map_or_else(|| "-".to_owned(), |p| share(p.share));
        for server in &rows {
            let change = change(server);
            let tone = match change {
                0.0 => Tone::Plain,
                _ if change > 0.0 => Tone::Plus,
                _ => Tone::Minus,
            };
            table.row([
                Cell::from(&*server.identity),
                capacity(server).into(),
                part(server.before).into(),
                part(server.after).into(),
                Cell::new(format!("{:+.2}%", change * 100.0), tone),
            ]);
        }
        let room = self.screen.width();
        let (lines, wide) = table.lines(self.screen, room.map(|room| room - 2));
        let room = room.map_or(0, |room| room.saturating_sub(wide + 4).min(*BAR.end()));
        let most = pool.plan.servers.iter().map(larger).fold(0.0, f64::max);
        writeln!(self)?;
        for (number, line) in lines.iter().enumerate() {
            let bar = match number.checked_sub(1).map(|index| rows[index]) {
                Some(server) if BAR.contains(&room) && most > 0.0 => bar(server, most, room),
                _ => String::new(),
            };
            writeln!(self, "{}", format!("  {line}  {bar}").trim_end())?;
        }
        if rest > 0 {
            let rest = format!("and {} within {}", count(rest as u64), about(within));
            writeln!(self, "  {}", self.paint(Tone::Faint, &rest))?;
        }
        Ok(())
    }

    fn plan_flows(&mut self, flows: &[NamedFlow], all: bool) -> io::Result<()> {
        let shown = if all { flows.len() } else { LARGEST.min(flows.len()) };
        let end = |name: &Option<Box<str>>| name.as_deref().unwrap_or("(nobody)").to_owned();
        let mut table = Table::new(&["~from", "~to", ">share"]);
        for flow in &flows[..shown] {
            table.row([end(&flow.from), end(&flow.to), share(flow.share)].map(Cell::from));
        }
        self.table(table, 2)?;
        let rest = &flows[shown..];
        if !rest.is_empty() {
            let sum: f64 = rest.iter().map(|flow| flow.share).sum();
            writeln!(self, "  and {} more flows, {}", count(rest.len() as u64), share(sum))?;
        }
        Ok(())
    }

    fn plan_ranges(&mut self, ranges: &[Range]) -> io::Result<()> {
        match ranges.first().and_then(|range| range.slots) {
            Some(slots) => writeln!(self, "\n  slots that move, of {}", count(slots))?,
            None => writeln!(self, "\n  positions that move")?,
        }
        for Range { first, last, from, to, .. } in ranges {
            let at = if first == last { first.clone() } else { format!("{first}-{last}") };
            let [from, to] =
                [from, to].map(|name| self.name(name.as_deref().unwrap_or("(nobody)"), 24));
            writeln!(self, "  {at}  {from} → {to}")?;
        }
        Ok(())
    }
}

fn capacity(server: &ServerChange) -> String {
    let text = |part: Option<Part>| match part {
        Some(part) => plain(part.capacity),
        None => "-".to_owned(),
    };
    let (before, after) = (text(server.before), text(server.after));
    if before == after { after } else { format!("{before} → {after}") }
}

fn larger(server: &ServerChange) -> f64 {
    let (before, after) = server.shares();
    before.max(after)
}

/// What stays solid, what goes light, what comes dark.
fn bar(server: &ServerChange, most: f64, room: usize) -> String {
    let (before, after) = server.shares();
    let cells = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a part of a line"
        )]
        let cells = (share / most * room as f64).round() as usize;
        cells.min(room)
    };
    let stays = cells(before.min(after));
    let rest = cells(before.max(after)) - stays;
    let mark = if after > before { "▒" } else { "░" };
    "█".repeat(stays) + &mark.repeat(rest)
}
