//! The record of a run: JSON with all, Markdown to read.

use std::fmt::Write as _;
use std::{fs, io};

use serde::Serialize;

use crate::classes::elsewhere::root;
use crate::machine;
use crate::row::{Findings, Row};

#[derive(Serialize)]
struct Record<'a> {
    date: String,
    command: String,
    machine: Vec<String>,
    seconds: u64,
    findings: &'a Findings,
}

/// Writes both; the path without its ending.
pub fn write(
    findings: &Findings,
    folder: &str,
    seconds: u64,
    only: &[String],
    quick: bool,
) -> io::Result<String> {
    let words = quick.then(|| "--quick".to_owned()).into_iter().chain(only.iter().cloned());
    let command: Vec<String> = std::iter::once("bench/run".to_owned()).chain(words).collect();
    let command = command.join(" ");
    let record =
        Record { date: machine::date(), command, machine: machine::lines(), seconds, findings };
    fs::create_dir_all(root().join(folder))?;
    let path = format!("{folder}/{}-{}", record.date, machine::cpu_word());
    let json = serde_json::to_string_pretty(&record)?;
    fs::write(root().join(format!("{path}.json")), json + "\n")?;
    fs::write(root().join(format!("{path}.md")), markdown(&record))?;
    Ok(path)
}

fn markdown(record: &Record<'_>) -> String {
    let findings = record.findings;
    let mut text = format!("# Bench, {}\n\n```sh\n{}\n```\n\n", record.date, record.command);
    for line in &record.machine {
        let _ = writeln!(text, "- {line}");
    }
    let _ = writeln!(text, "- {} s in all\n", record.seconds);
    text += &missed(&findings.rows);
    text += "10th percentile, then median in brackets; the ratio is the peer's 10th percentile over ours.\n";
    text += &tables(&findings.rows);
    text += "\n## Answers compared before timing\n\n| peer | what | agrees |\n|---|---|---|\n";
    for check in &findings.checks {
        let agrees = if check.agrees { "yes" } else { "**no**" };
        let _ = writeln!(text, "| {} | {} | {agrees} |", check.peer, check.what);
    }
    text += &memory(findings);
    text += &absent(findings);
    for (name, output) in &findings.outputs {
        let _ = write!(text, "\n## {name}\n\n```\n{output}\n```\n");
    }
    text
}

/// What was to be shown and was not.
fn missed(rows: &[Row]) -> String {
    let targets = rows.iter().filter(|row| row.met().is_some()).count();
    let missed: Vec<&Row> = rows.iter().filter(|row| row.met() == Some(false)).collect();
    let mut text = format!("{} of {targets} targets met.\n\n", targets - missed.len());
    if !missed.is_empty() {
        text += "## Targets missed\n";
        text += &table_rows(&missed);
        text += "\n";
    }
    text
}

/// One table a class.
fn tables(rows: &[Row]) -> String {
    let mut text = String::new();
    for part in rows.chunk_by(|a, b| a.class == b.class) {
        let _ = writeln!(text, "\n## {}", part[0].class);
        text += &table_rows(&part.iter().collect::<Vec<_>>());
    }
    text
}

fn table_rows(rows: &[&Row]) -> String {
    let mut text = "\n| n | ours | | peer | | unit | ratio | target | met |\n\
                    |---:|---|---:|---|---:|---|---:|---|---|\n"
        .to_owned();
    for row in rows {
        let peer = row.peer.as_deref().unwrap_or("");
        let peer_time = row.peer_time.map_or(String::new(), |t| figures(t.p10, t.median));
        let ratio = row.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let met = match row.met() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {peer} | {peer_time} | {} | {ratio} | {} | {met} |",
            thousands(row.n),
            row.ours,
            figures(row.ours_time.p10, row.ours_time.median),
            row.unit,
            row.target_text()
        );
    }
    text
}

fn figures(p10: f64, median: f64) -> String {
    format!("{} ({})", figure(p10), figure(median))
}

/// Three digits that count.
pub fn figure(number: f64) -> String {
    match number {
        number if number >= 100.0 => thousands(number.round() as u64),
        number if number >= 10.0 => format!("{number:.1}"),
        number => format!("{number:.2}"),
    }
}

pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub fn memory(findings: &Findings) -> String {
    if findings.memory.is_empty() {
        return String::new();
    }
    let mut text = "\n## Heap a server, rings of 160 points\n\n| engine | servers | bytes a server |\n|---|---:|---:|\n".to_owned();
    for memory in &findings.memory {
        let _ = writeln!(
            text,
            "| {} | {} | {} |",
            memory.engine,
            thousands(memory.n),
            thousands(memory.bytes.round() as u64)
        );
    }
    text
}

pub fn absent(findings: &Findings) -> String {
    if findings.absent.is_empty() {
        return String::new();
    }
    let mut text = "\n## Not in this run\n\n".to_owned();
    for (peer, why) in &findings.absent {
        let _ = writeln!(text, "- {peer}: {why}");
    }
    text
}
