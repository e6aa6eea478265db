//! Clients as a table, with what else to know of them below.

use std::io::{self, Write};

use super::Text;
use crate::output::table::Table;
use crate::output::{Report, json};
use crate::report::Clients;

impl Report for Clients {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let mut table = Table::new(&["scheme", "client", "language", "versions"]);
        for row in &self.clients {
            let scheme = row.scheme.unwrap_or("none");
            table.row([scheme.into(), row.client.into(), row.language.into(), row.versions.into()]);
        }
        out.table(table, 0)?;
        let mut notes: Vec<String> = Vec::new();
        for row in &self.clients {
            for text in row.why.into_iter().chain([row.note]).filter(|text| !text.is_empty()) {
                let note = format!("{}: {text}", row.client);
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        if !notes.is_empty() {
            writeln!(out)?;
        }
        notes.iter().try_for_each(|note| writeln!(out, "{note}"))
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        self.clients.iter().try_for_each(|client| json::write_line(out, client))
    }
}
