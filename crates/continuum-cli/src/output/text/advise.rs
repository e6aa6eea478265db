//! Schemes side by side, a row for each.

use std::io::{self, Write};

use super::{Cell, Text};
use crate::output::table::Table;
use crate::output::{Report, json};
use crate::report::Advised;

impl Report for Advised {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        // The scheme last: its name may be long.
        let copies = if self.copies > 1 { ">copies" } else { "" };
        let day = if self.a_day { ">per day" } else { "" };
        let mut table = Table::new(&[
            ">peak", copies, ">add", ">remove", ">weight", day, "?>memory", "?>ns", "?needs",
            "scheme",
        ]);
        for row in &self.rows {
            let about = if row.exact { "" } else { "~" };
            let ratio = |ratio: Option<f64>| match ratio {
                Some(ratio) if ratio < 100.0 => format!("{about}{ratio:.2}"),
                Some(ratio) => format!("{about}{ratio:.0}"),
                None => "-".to_owned(),
            };
            let day = row.moved_a_day.map(|day| format!("{:.1}%", day * 100.0));
            table.row(
                [
                    format!("{about}{:.3}", row.peak),
                    row.copies_peak.map_or_else(String::new, |peak| format!("{peak:.3}")),
                    ratio(row.add),
                    ratio(row.remove),
                    ratio(row.weight),
                    day.unwrap_or_default(),
                    row.memory.to_string(),
                    format!("{:.0}", row.nanoseconds),
                    row.needs.to_owned(),
                    row.scheme.clone(),
                ]
                .map(Cell::from),
            );
        }
        out.table(table, 0)?;
        writeln!(
            out,
            "\nIf clients exist, keep their scheme. New cache: slots-1. Data to own: assign."
        )
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| json::write_line(out, row))
    }
}
