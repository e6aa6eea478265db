//! Two sides: whether they agree, and keys on which they do not.

use std::io::{self, Write as _};

use super::{Cell, Text, Tone};
use crate::failure::Failure;
use crate::output::Report;
use crate::output::table::Table;
use crate::report::{Comparison, Difference, matching_note};
use crate::words::{percent, short};

impl Report for Comparison {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for (number, pool) in self.pools.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            out.difference(pool)?;
        }
        if !self.pools.is_empty() && !self.unmatched.is_empty() {
            writeln!(out)?;
        }
        out.alone(&self.unmatched, None)
    }

    fn outcome(&self) -> Result<(), Failure> {
        if self.agree { Ok(()) } else { Err(Failure::Differences(Vec::new())) }
    }
}

impl Text<'_> {
    fn difference(&mut self, pool: &Difference) -> io::Result<()> {
        let how = &pool.how;
        let [key, other] = &pool.hashes;
        let differ = match (pool.differ == 0.0, pool.bound) {
            (true, Some(bound)) => {
                let bound = percent(bound);
                let bound = bound.strip_prefix("under ").unwrap_or(&bound);
                format!("no difference found {how}, so under {bound}")
            }
            (true, None) if pool.counts.is_none() && !pool.empty_key_agrees => {
                format!("they agree on every key but the empty one · {how}")
            }
            (true, None) => format!("they agree on every key · {how}"),
            (false, _) => format!("{} of keys differ · {how}", percent(pool.differ)),
        };
        let name = self.name(&pool.name, 40);
        if pool.same_key {
            let tone = if pool.agrees() { Tone::Plus } else { Tone::Bad };
            self.verdict(&name, Some((tone, &differ)))?;
        } else {
            let [key, other] = [key, other].map(|key| self.name(key, 30));
            let verdict = format!("they hash different things: A {key}, B {other}");
            self.verdict(&name, Some((Tone::Bad, &verdict)))?;
            self.parts(&[format!("of equal keys: {differ}")])?;
        }
        for (side, scheme) in ["A", "B"].iter().zip(&pool.schemes) {
            let hashes = match (pool.same_key, *side) {
                (false, _) => String::new(),
                (true, "A") => format!("hashes {key}"),
                (true, _) => format!("hashes {other}"),
            };
            self.parts(&[format!("{side} {scheme}"), hashes])?;
        }
        if let Some(note) = matching_note(pool.matched) {
            self.parts(&[note.to_owned()])?;
        }
        if pool.examples.is_empty() {
            return Ok(());
        }
        let end = |name: &Option<String>| name.clone().unwrap_or_else(|| "(nobody)".to_owned());
        let mut table = Table::new(&["key", "~A", "~B"]);
        for example in &pool.examples {
            let key = short(&example.key.to_string(), 20);
            table.row([key, end(&example.a), end(&example.b)].map(Cell::from));
        }
        writeln!(self)?;
        self.table(table, 2)
    }
}
