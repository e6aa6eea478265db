//! `continuum verify`: recorded answers of real programs, resolved anew.

use std::fs;
use std::path::Path;

use continuum_vectors::{Outcome, Set};

use crate::args::Verify;
use crate::failure::Failure;
use crate::report::{SetRow, Verified};

/// Reads every file before the first answer.
pub(crate) fn run(args: &Verify) -> Result<Verified, Failure> {
    let mut files = Vec::new();
    for file in &args.files {
        // A pipe without a writer would wait as it is opened.
        if !fs::metadata(file).map_err(|error| Failure::unreadable(file, &error))?.is_file() {
            let why = "recorded answers are read from regular files";
            return Err(Failure::refused(format!("{}: {why}", file.display())));
        }
        files.push((&**file, continuum_vectors::read(file).map_err(Failure::refused)?));
    }
    let rows = files.iter().flat_map(|(file, sets)| sets.iter().map(|set| row(file, set)));
    Ok(Verified { sets: rows.collect() })
}

fn row(file: &Path, set: &Set) -> SetRow {
    let text = |text: &str| text.to_owned();
    let row = SetRow {
        file: file.to_string_lossy().into_owned(),
        system: text(set.system()),
        version: text(set.version()),
        set: text(set.name()),
        scheme: set.scheme().map(text),
        outcome: "compared",
        answers: 0,
        differences: 0,
        why: None,
        first: Vec::new(),
    };
    match set.verify() {
        Outcome::Compared { answers, differences, first } => {
            let first = first.into_iter().map(|difference| {
                let key = difference.key.escape_ascii().to_string();
                [key, difference.theirs.to_string(), difference.ours.to_string()]
            });
            SetRow { answers, differences, first: first.collect(), ..row }
        }
        Outcome::Refused(why) => SetRow { outcome: "refused", why: Some(why.to_string()), ..row },
        Outcome::Skipped(why) => SetRow { outcome: "skipped", why: Some(why.to_string()), ..row },
    }
}
