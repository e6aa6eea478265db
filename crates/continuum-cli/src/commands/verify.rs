//! `continuum verify`: recorded answers of real programs, resolved anew.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use continuum_vectors::{Outcome, Set};

use crate::args::Verify;
use crate::failure::Failure;
use crate::output::write_line;

/// Answers compared, differences, and sets that could not be compared.
#[derive(Default)]
struct Total {
    answers: u64,
    differences: u64,
    sets: u64,
    refused: u64,
    skipped: u64,
}

/// Reads every file before the first line of output.
pub(crate) fn run(args: &Verify, out: &mut dyn Write) -> Result<(), Failure> {
    let mut files = Vec::new();
    for file in &args.files {
        File::open(file).map_err(|error| Failure::unreadable(file, &error))?;
        files.push((&**file, continuum_vectors::read(file).map_err(Failure::refused)?));
    }
    let mut total = Total::default();
    for (file, sets) in &files {
        for set in sets {
            let outcome = set.verify();
            total.add(&outcome);
            if args.json {
                write_line(out, &Row::of(file, set, &outcome))?;
            } else {
                write_text(out, set, &outcome)?;
            }
        }
    }
    if !args.json {
        let Total { answers, differences, sets, refused, skipped } = total;
        write!(out, "{answers} answers, {differences} differences in {sets} sets")?;
        for (count, what) in [(refused, "refused"), (skipped, "skipped")] {
            if count > 0 {
                write!(out, "; {count} {what}")?;
            }
        }
        writeln!(out)?;
    }
    match total {
        Total { differences: 1.., .. } => Err(Failure::Differences),
        Total { answers: 0, .. } => Err(Failure::refused("no answer could be compared")),
        _ => Ok(()),
    }
}

impl Total {
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Compared { answers, differences, .. } => {
                self.answers += answers;
                self.differences += differences;
                self.sets += 1;
            }
            Outcome::Refused(_) => self.refused += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }
}

fn write_text(out: &mut dyn Write, set: &Set, outcome: &Outcome) -> std::io::Result<()> {
    let name = format!("{} {}: {}", set.system(), set.version(), set.name());
    match outcome {
        Outcome::Compared { answers, differences, first } => {
            writeln!(out, "{answers:>8} answers  {differences:>6} differences  {name}")?;
            for difference in first {
                writeln!(
                    out,
                    "         key '{}': recorded {}, now {}",
                    difference.key.escape_ascii(),
                    difference.theirs,
                    difference.ours
                )?;
            }
            Ok(())
        }
        Outcome::Refused(why) => writeln!(out, "         refused as it should be    {name}: {why}"),
        Outcome::Skipped(why) => writeln!(out, "         skipped                    {name}: {why}"),
    }
}

#[derive(serde::Serialize)]
struct Row<'a> {
    file: std::borrow::Cow<'a, str>,
    system: &'a str,
    version: &'a str,
    set: &'a str,
    scheme: Option<&'a str>,
    outcome: &'static str,
    answers: u64,
    differences: u64,
    why: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(file: &'a Path, set: &'a Set, outcome: &'a Outcome) -> Self {
        let (outcome, answers, differences, why) = match outcome {
            Outcome::Compared { answers, differences, .. } => {
                ("compared", *answers, *differences, None)
            }
            Outcome::Refused(why) => ("refused", 0, 0, Some(&**why)),
            Outcome::Skipped(why) => ("skipped", 0, 0, Some(&**why)),
        };
        Self {
            file: file.to_string_lossy(),
            system: set.system(),
            version: set.version(),
            set: set.name(),
            scheme: set.scheme(),
            outcome,
            answers,
            differences,
            why,
        }
    }
}
