//! Findings: where, what, what to do instead.

use std::io::{self, Write as _};

use super::{Text, Tone};
use crate::failure::Failure;
use crate::output::Report;
use crate::report::{Finding, Findings};
use crate::words::printable;

impl Report for Findings {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.findings.is_empty() && self.unread.is_empty() {
            return writeln!(out, "nothing found");
        }
        for (number, found) in self.findings.iter().enumerate() {
            if number > 0 {
                writeln!(out)?;
            }
            let Finding { file, line, pool, topic, finding, instead } = found;
            let head = format!("{}:{line}: {}: {topic}", printable(file), printable(pool));
            writeln!(out, "{}", out.paint(Tone::Strong, &head))?;
            out.paragraph("", finding)?;
            if let Some(instead) = instead {
                out.paragraph("instead: ", instead)?;
            }
        }
        Ok(())
    }

    fn outcome(&self) -> Result<(), Failure> {
        match (self.findings.is_empty(), self.unread.is_empty()) {
            (true, true) => Ok(()),
            (false, true) => Err(Failure::Differences(Vec::new())),
            // Nothing is known of a file that could not be read.
            (_, false) => Err(Failure::Complaints(self.unread.clone())),
        }
    }
}
