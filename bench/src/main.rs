//! Peers side by side: answers compared, then times in turns. See README.md.

mod classes;
mod compare;
mod keys;
mod machine;
mod ours;
mod peers;
mod plot;
mod record;
mod row;
mod timer;

use std::panic;
use std::process::ExitCode;
use std::time::Instant;

use classes::ALL;
use row::Findings;
use timer::Effort;

#[global_allocator]
static HEAP: peers::counted::Counted = peers::counted::Counted;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("count", words)) = words.split_first().map(|(first, rest)| (&**first, rest)) {
        return classes::instructions::count(words);
    }
    let mut quick = false;
    let mut only = Vec::new();
    for word in &words {
        match word.as_str() {
            "--quick" => quick = true,
            word if ALL.iter().any(|class| class.name == word) => only.push(word.to_owned()),
            word => {
                let names: Vec<_> = ALL.iter().map(|class| class.name).collect();
                eprintln!("{word}: not one of --quick {}", names.join(" "));
                return ExitCode::FAILURE;
            }
        }
    }
    let effort = Effort::new(quick);
    let mut findings = Findings::default();
    let start = Instant::now();
    for class in ALL.iter().filter(|class| only.is_empty() || only.contains(&class.name.to_owned()))
    {
        eprintln!("== {} (at {} s)", class.name, start.elapsed().as_secs());
        // What one class meets must not lose what the others found.
        let run = panic::AssertUnwindSafe(|| (class.run)(effort, &mut findings));
        if let Err(payload) = panic::catch_unwind(run) {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let why = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
            findings.check(class.name, why, false);
        }
        continuum::bench::limit(None);
    }
    let seconds = start.elapsed().as_secs();
    findings.group();
    let whole = only.is_empty() && !quick;
    // Only a whole run replaces the record and the figures of the documents.
    let folder = if whole { "bench/record" } else { "target/bench-record" };
    match record::write(&findings, folder, seconds, &only, quick) {
        Ok(path) => eprintln!("written: {path}.md and .json"),
        Err(error) => {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let folder = if whole { "docs" } else { folder };
    if let Err(error) = compare::write(&findings, folder) {
        eprintln!("COMPARE.md: {error}");
        return ExitCode::FAILURE;
    }
    let differing = findings.checks.iter().filter(|check| !check.agrees).count();
    let missed = findings.rows.iter().filter(|row| row.met() == Some(false)).count();
    eprintln!("{differing} comparisons of answers differ, {missed} targets missed, {seconds} s");
    // Answers are a matter of right or wrong; times are for the record.
    if differing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
