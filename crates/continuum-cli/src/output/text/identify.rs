//! Schemes that agree with what was observed, and near misses.

use std::io::{self, Write as _};

use continuum::clients::Client;

use super::{Text, Tone};
use crate::failure::Failure;
use crate::output::Report;
use crate::report::{Identified, SchemeRow};
use crate::words::{count, percent, short};

/// Names shown of schemes that agree as well as the first.
const OTHERS: usize = 5;

impl Report for Identified {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let tried = count(self.tried as u64);
        let all = match self.pairs {
            1 => "the one pair".to_owned(),
            pairs => format!("all {} pairs", count(pairs as u64)),
        };
        let verdict = match self.matches.len() + self.unlisted {
            0 => format!("none of these: no scheme of {tried} tried agrees on {all}"),
            1 => format!("one scheme of {tried} tried agrees on {all}"),
            several => {
                format!("{} schemes of {tried} tried agree on {all}", count(several as u64))
            }
        };
        writeln!(out, "{}", out.paint(Tone::Strong, &verdict))?;
        if self.matches.is_empty() {
            writeln!(out, "chance alone gives {}", percent(self.chance))?;
        }
        if self.untried > 0 {
            writeln!(
                out,
                "{} more were not tried: of these servers and capacities their rings would be too large",
                count(self.untried as u64)
            )?;
        }
        out.matches(self)?;
        if !self.near.is_empty() {
            writeln!(out, "\nnear misses")?;
        }
        self.near.iter().try_for_each(|row| out.scheme_row(row))?;
        if self.matches.is_empty() { out.of_no_scheme() } else { Ok(()) }
    }

    fn outcome(&self) -> Result<(), Failure> {
        if self.matches.is_empty() { Err(Failure::Differences(Vec::new())) } else { Ok(()) }
    }
}

impl Text<'_> {
    /// Known clients whose answers no scheme gives, and why.
    fn of_no_scheme(&mut self) -> io::Result<()> {
        writeln!(self, "\nknown, but of no scheme")?;
        for client in Client::all() {
            if let Some(reason) = client.reason() {
                writeln!(self, "  {}: {reason}", client.name())?;
            }
        }
        Ok(())
    }

    /// The first match, its other names, and what cannot be told from it yet.
    fn matches(&mut self, report: &Identified) -> io::Result<()> {
        let Some((first, others)) = report.matches.split_first() else { return Ok(()) };
        self.scheme_row(first)?;
        let named = |row: &&SchemeRow| row.as_given;
        for (same, title) in [
            (true, "the same map over these servers under other names"),
            (false, "not told apart from it by these pairs"),
        ] {
            let rows: Vec<&SchemeRow> = others.iter().filter(|row| row.same_map == same).collect();
            if rows.is_empty() {
                continue;
            }
            writeln!(self, "\n{title}")?;
            // Servers as given first; the JSON has all.
            let (given, other): (Vec<&SchemeRow>, Vec<&SchemeRow>) =
                rows.iter().copied().partition(named);
            let shown = if given.is_empty() { &other } else { &given };
            for row in shown.iter().take(OTHERS) {
                let form = if named(row) { String::new() } else { format!(" · {}", row.servers) };
                writeln!(self, "  {}{form}", row.scheme)?;
            }
            let rest = rows.len() - shown.len().min(OTHERS);
            if rest > 0 {
                writeln!(self, "  and {rest} more")?;
            }
        }
        if report.unlisted > 0 {
            writeln!(self, "\n{} more agree and are not listed", count(report.unlisted as u64))?;
        }
        match report.pairs_to_tell_apart {
            Some(more) if !others.is_empty() => {
                writeln!(
                    self,
                    "\n{} more pairs would tell the first two apart (95% sure)",
                    count(more)
                )
            }
            _ => Ok(()),
        }
    }

    fn scheme_row(&mut self, row: &SchemeRow) -> io::Result<()> {
        writeln!(self, "  {}", row.scheme)?;
        #[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
        let share = row.agreed as f64 / row.compared as f64;
        write!(
            self,
            "    {} of {}, {} · servers {}",
            count(row.agreed),
            count(row.compared),
            percent(share),
            row.servers.trim_start_matches("servers ")
        )?;
        writeln!(self)?;
        if let Some(wrong) = &row.wrong {
            writeln!(
                self,
                "    key '{}' was on {}, it says {}",
                short(&wrong.key.to_string(), 16),
                short(&wrong.seen, 20),
                short(wrong.says.as_deref().unwrap_or("nobody"), 20)
            )?;
        }
        Ok(())
    }
}
