//! A line for each set of recorded answers, and their sum.

use std::io::{self, Write};

use super::Text;
use crate::failure::Failure;
use crate::output::{Report, json};
use crate::report::Verified;

impl Verified {
    fn sum(&self, of: fn(&crate::report::SetRow) -> u64) -> u64 {
        self.sets.iter().map(of).sum()
    }

    fn number(&self, outcome: &str) -> usize {
        self.sets.iter().filter(|set| set.outcome == outcome).count()
    }
}

impl Report for Verified {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for set in &self.sets {
            let name = format!("{} {}: {}", set.system, set.version, set.set);
            let why = set.why.as_deref().unwrap_or_default();
            let (answers, differences) = (set.answers, set.differences);
            match set.outcome {
                "compared" => {
                    writeln!(out, "{answers:>8} answers  {differences:>6} differences  {name}")?;
                }
                "refused" => writeln!(out, "         refused as it should be    {name}: {why}")?,
                _ => writeln!(out, "         skipped                    {name}: {why}")?,
            }
            for [key, recorded, now] in &set.first {
                writeln!(out, "         key '{key}': recorded {recorded}, now {now}")?;
            }
        }
        let (answers, differences) = (self.sum(|set| set.answers), self.sum(|set| set.differences));
        let sets = self.number("compared");
        write!(out, "{answers} answers, {differences} differences in {sets} sets")?;
        for what in ["refused", "skipped"] {
            if self.number(what) > 0 {
                write!(out, "; {} {what}", self.number(what))?;
            }
        }
        writeln!(out)
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        self.sets.iter().try_for_each(|set| json::write_line(out, set))
    }

    fn outcome(&self) -> Result<(), Failure> {
        match (self.sum(|set| set.differences), self.sum(|set| set.answers)) {
            (1.., _) => Err(Failure::Differences(Vec::new())),
            (0, 0) => Err(Failure::refused("no answer could be compared")),
            _ => Ok(()),
        }
    }
}
