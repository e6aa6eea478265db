//! A table of slots.

use std::io::{self, Write};

use super::{Cell, Text};
use crate::failure::Failure;
use crate::output::table::Table;
use crate::output::{Report, json};
use crate::report::{Holdings, KeySlots, Moved};
use crate::words::{capacity, printable};

impl Report for Holdings {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let titles =
            ["~server", "?~zone", ">capacity", ">slots", "?>share", "?>copies", "?>pinned"];
        let mut table = Table::new(&titles);
        for row in &self.rows {
            table.row([
                Cell::from(&*row.server),
                row.zone.as_deref().unwrap_or("-").into(),
                if row.leaving { "leaving".to_owned() } else { capacity(row.capacity) }.into(),
                row.slots.to_string().into(),
                format!("{:.2}", row.fair).into(),
                row.copies.to_string().into(),
                row.pinned.to_string().into(),
            ]);
        }
        out.table(table, 0)?;
        let (slots, copies) = (self.slots, self.kept);
        let kept = match self.copies {
            1 => String::new(),
            _ => format!(" on {copies} server{} each", if copies == 1 { "" } else { "s" }),
        };
        let state = match &self.left {
            Ok(0) => "balanced".to_owned(),
            Ok(left) => format!("{left} slots are still to move"),
            Err(why) => why.clone(),
        };
        writeln!(out, "{slots} slots{kept}; {state}; checksum {:016x}", self.checksum)
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| json::write_line(out, row))
    }
}

impl Report for KeySlots {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        self.keys.iter().try_for_each(|row| {
            let servers: Vec<String> = row.servers.iter().map(|name| printable(name)).collect();
            writeln!(out, "{}\t{}\t{}", printable(&row.key), row.slot, servers.join("\t"))
        })
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        self.keys.iter().try_for_each(|row| json::write_line(out, row))
    }
}

impl Report for Moved {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let mut table = Table::new(&["~server", ">slots before", ">after", ">gets", ">gives"]);
        let count =
            |slots: Option<u32>| slots.map_or_else(|| "-".to_owned(), |slots| slots.to_string());
        for row in &self.servers {
            table.row([
                Cell::from(&*row.server),
                count(row.before).into(),
                count(row.after).into(),
                row.gets.to_string().into(),
                row.gives.to_string().into(),
            ]);
        }
        out.table(table, 0)?;
        for slot in self.moves.iter().filter(|_| self.listed) {
            let list = |servers: &[String]| {
                servers.iter().map(|server| printable(server)).collect::<Vec<_>>().join(" ")
            };
            writeln!(out, "slot {}: {} -> {}", slot.slot, list(&slot.before), list(&slot.after))?;
        }
        let Self { owners_changed, of, least, copied, left, .. } = self;
        writeln!(out, "{owners_changed} of {of} slots change owner; least possible: {least}")?;
        if self.copies > 1 {
            let only_copies = self.slots as u64 - owners_changed;
            writeln!(
                out,
                "{only_copies} more slots change other copies; data is copied {copied} times"
            )?;
        }
        if *left > 0 {
            writeln!(out, "{left} slots are left for later steps")?;
        }
        Ok(())
    }

    fn outcome(&self) -> Result<(), Failure> {
        let differs = self.compared && self.slots > 0;
        if differs { Err(Failure::Differences(Vec::new())) } else { Ok(()) }
    }
}
