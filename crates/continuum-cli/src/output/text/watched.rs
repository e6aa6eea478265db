//! An event of a source that is watched. Refusals and failures are warnings, on stderr;
//! here stands what is data.

use std::io::{self, Write as _};

use super::Text;
use crate::output::Report;
use crate::report::Watched;
use crate::words::{percent, servers as count_of};

impl Report for Watched {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let fingerprint = self.fingerprint.as_deref().unwrap_or_default();
        let servers = self.servers.map(count_of).unwrap_or_default();
        match (self.event, &self.plan) {
            ("first", _) => writeln!(out, "{servers}, map {fingerprint}"),
            ("change", Some(plan)) => {
                plan.text(out)?;
                writeln!(out, "map {fingerprint}")
            }
            ("change", None) => {
                let before = self.before.unwrap_or_default();
                let moved = percent(self.moved.unwrap_or_default());
                writeln!(
                    out,
                    "{servers} instead of {before}: {moved} of keys move, map {fingerprint}"
                )
            }
            ("refused", Some(plan)) => plan.text(out),
            _ => Ok(()),
        }
    }
}
