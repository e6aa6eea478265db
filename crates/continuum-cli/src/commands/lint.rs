//! `continuum lint`: what will move keys or load servers unevenly one day.

use std::io::{BufWriter, Write};

use serde::Serialize;

use crate::args::Lint;
use crate::failure::Failure;
use crate::input;
use crate::lint::{Finding, findings};
use crate::output::{wrap, write_line};

#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
}

pub(crate) fn run(args: &Lint, out: &mut dyn Write) -> Result<(), Failure> {
    let mut report = Report { findings: Vec::new() };
    for file in &args.files {
        for pool in input::pools(file, &args.chosen)? {
            report.findings.extend(findings(&pool));
        }
    }
    let mut out = BufWriter::new(out);
    if args.json {
        write_line(&mut out, &report)?;
    } else {
        write_text(&mut out, &report.findings)?;
    }
    out.flush()?;
    if report.findings.is_empty() { Ok(()) } else { Err(Failure::Differences) }
}

fn write_text(out: &mut dyn Write, findings: &[Finding]) -> std::io::Result<()> {
    if findings.is_empty() {
        return writeln!(out, "nothing found");
    }
    for (number, finding) in findings.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let Finding { file, line, pool, topic, finding, instead } = finding;
        writeln!(out, "{file}:{line}: {pool}: {topic}")?;
        for line in wrap(finding, 76) {
            writeln!(out, "  {line}")?;
        }
        let Some(instead) = instead else { continue };
        for (number, line) in wrap(instead, 66).iter().enumerate() {
            writeln!(out, "  {}{line}", if number == 0 { "instead: " } else { "         " })?;
        }
    }
    Ok(())
}
