//! The catalogue as a table; one scheme with its options.

use std::io::{self, Write};

use super::{Cell, Text, Tone};
use crate::output::table::Table;
use crate::output::{Report, json};
use crate::report::{Listed, SchemeReport};

impl Report for Listed {
    /// A line for each scheme; the program last, as its versions may be long.
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let titles = ["scheme", "order", "?minimal", "?capacities", "?>answers", "?program"];
        let mut table = Table::new(&titles);
        for scheme in &self.schemes {
            table.row([
                Cell::from(scheme.name),
                scheme.order.into(),
                scheme.minimal_in().into(),
                scheme.takes.clone().into(),
                scheme.answers.to_string().into(),
                scheme.runs().into(),
            ]);
        }
        out.table(table, 0)
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        self.schemes.iter().try_for_each(|scheme| json::write_line(out, scheme))
    }
}

impl Report for SchemeReport {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        writeln!(out, "{}\n{}\n", out.paint(Tone::Strong, &self.whole), self.about)?;
        let aliases = self.aliases.join(", ");
        for (title, text) in [
            ("program", &*self.runs()),
            ("also named", &aliases),
            ("order", self.order),
            ("minimal", &self.minimal_in()),
            ("capacities", &self.capacities),
            ("answers", &format!("{} checked against the program", self.answers)),
        ] {
            if !text.is_empty() {
                writeln!(out, "{title:<12}{text}")?;
            }
        }
        if self.options.is_empty() {
            return writeln!(out, "\nIt takes no options.");
        }
        writeln!(out, "\nOptions, each with its default:")?;
        for option in &self.options {
            writeln!(out, "  {}={}", option.name, option.default)?;
            writeln!(out, "      {}\n      {}", option.about, option.accepts)?;
        }
        Ok(())
    }
}
