//! Shares of servers beside their fair shares, and the heaviest keys.

use std::io::{self, Write as _};

use super::{Cell, Text, Tone};
use crate::output::Report;
use crate::output::table::Table;
use crate::report::{Balance, PoolBalance, ServerShare};
use crate::words::{bytes, capacity, count, percent, servers as count_of, share, short};

/// So many servers are shown; with more, the busiest and the idlest of them.
const FEW: usize = 40;
const MANY: usize = 20;

impl Report for Balance {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for (number, pool) in self.pools.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            out.balance(pool)?;
        }
        Ok(())
    }
}

impl Text<'_> {
    fn balance(&mut self, pool: &PoolBalance) -> io::Result<()> {
        let busiest = pool.servers.iter().find(|server| server.ratio() == Some(pool.busiest));
        let busiest = busiest
            .map_or_else(String::new, |server| format!(" ({})", self.name(&server.server, 34)));
        let verdict = format!("busiest {:.2}× its fair share{busiest}", pool.busiest);
        let (name, spread) = (self.name(&pool.name, 40), percent(pool.spread));
        self.verdict(&format!("{name}: {verdict}, spread {spread}"), None)?;
        self.parts(&[
            pool.scheme.clone(),
            format!("hashes {}", self.name(&pool.hashes, 40)),
            count_of(pool.servers.len()),
            pool.how.clone(),
        ])?;
        writeln!(self)?;
        self.balance_servers(pool)?;
        self.balance_heaviest(pool)?;
        if !pool.advice.is_empty() {
            writeln!(self)?;
        }
        pool.advice.iter().try_for_each(|advice| self.paragraph("advice: ", &advice.sentence))
    }

    fn balance_servers(&mut self, pool: &PoolBalance) -> io::Result<()> {
        let keys = if pool.keys.is_some() { ">keys" } else { "" };
        let size = if pool.bytes.is_some() { "?>size" } else { "" };
        let titles = ["~server", "?>capacity", ">share", "?>fair", ">ratio", keys, size];
        let mut rows: Vec<&ServerShare> = pool.servers.iter().collect();
        if rows.len() > FEW && !pool.all {
            let ratio = |server: &ServerShare| server.ratio().unwrap_or(0.0);
            rows.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
            rows.drain(MANY / 2..rows.len() - MANY / 2);
        }
        let rest = pool.servers.len() - rows.len();
        let mut table = Table::new(&titles);
        for server in &rows {
            let ratio =
                server.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}×"));
            table.row([
                Cell::from(&*server.server),
                capacity(server.capacity).into(),
                share(server.share).into(),
                share(server.fair).into(),
                ratio.into(),
                server.keys.map_or_else(String::new, count).into(),
                server.bytes.map_or_else(String::new, bytes).into(),
            ]);
        }
        let room = self.screen.width().map(|width| width - 2);
        for (number, line) in table.lines(self.screen, room).0.iter().enumerate() {
            if rest > 0 && number == MANY / 2 + 1 {
                let between = format!("and {} between", count(rest as u64));
                writeln!(self, "  {}", self.paint(Tone::Faint, &between))?;
            }
            writeln!(self, "{}", format!("  {line}").trim_end())?;
        }
        Ok(())
    }

    fn balance_heaviest(&mut self, pool: &PoolBalance) -> io::Result<()> {
        let Some(all) = pool.keys else { return Ok(()) };
        let Some(first) = pool.heaviest.first() else {
            let least = pool.heaviest_above.unwrap_or(1);
            // That every key comes once is what one expects, unless one asks for a server's.
            if !pool.heaviest_asked || (least == 1 && pool.only.is_none()) {
                return Ok(());
            }
            let of = match &pool.only {
                Some(server) => format!(" of {}", self.name(server, 40)),
                None => String::new(),
            };
            let often = match least {
                1 => "once".to_owned(),
                times => format!("{} times", count(times)),
            };
            writeln!(self)?;
            return self.parts(&[format!("no key{of} comes more than {often}")]);
        };
        let title = match &pool.only {
            Some(server) => format!("heaviest keys of {}", self.name(server, 30)),
            None => "heaviest keys".to_owned(),
        };
        let mut table = Table::new(&[&title, ">count", ">of all", "~server"]);
        #[expect(clippy::cast_precision_loss, reason = "a share is shown to a few digits")]
        let part = |of: u64, all: u64| of as f64 / all as f64;
        for heavy in &pool.heaviest {
            table.row([
                Cell::from(short(&heavy.key.to_string(), 28)),
                count(heavy.count).into(),
                share(part(heavy.count, all)).into(),
                heavy.server.as_deref().unwrap_or("(nobody)").into(),
            ]);
        }
        writeln!(self)?;
        self.table(table, 2)?;
        let owner =
            pool.servers.iter().find(|server| Some(&server.server) == first.server.as_ref());
        if let Some((server, keys)) = owner.and_then(|server| Some((server, server.keys?))) {
            let (alone, server) = (percent(part(first.count, keys)), self.name(&server.server, 30));
            self.parts(&[format!("the heaviest alone is {alone} of what {server} gets")])?;
        }
        Ok(())
    }
}
