//! Dictionaries: the words that stand quoted in a reader's source, so that a word that it
//! learns is one of the fuzzer's too; and the names of schemes and their options.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use continuum::Scheme;

use crate::targets::Target;

/// Words of every text.
const PUNCTUATION: [&str; 14] =
    ["{", "}", "[", "]", ": ", "- ", ";", "\n", "\n\n", "\"", "\\", "=", "#", "10.0.0.1:11211"];

/// A target's dictionary in the fuzzer's format; empty where it reads no texts.
///
/// # Errors
/// A source cannot be read.
pub fn of(target: &Target, root: &Path) -> io::Result<String> {
    let mut words: BTreeSet<String> = BTreeSet::new();
    for source in target.words {
        gather(&root.join(source), &mut words)?;
    }
    if matches!(target.name, "scheme-text" | "server-json" | "text" | "toml") {
        for entry in Scheme::catalogue() {
            words.insert(entry.name().to_owned());
            for option in entry.options() {
                words.insert(format!("{}=", option.name()));
                words.extend(option.tried().map(str::to_owned));
            }
        }
    }
    if matches!(target.name, "server-text" | "server-list" | "server-json") {
        words.extend(
            ["unix:", "[::1]", "=2.5", "=1e308", "capacity", "hash_key", "zone", "guid"]
                .map(str::to_owned),
        );
    }
    if !words.is_empty() {
        words.extend(PUNCTUATION.map(str::to_owned));
    }
    Ok(words.iter().filter(|word| (1..48).contains(&word.len())).fold(
        String::new(),
        |all, word| {
            let quoted = word.bytes().fold(String::new(), |mut quoted, byte| {
                match byte {
                    b' '..=b'~' if !b"\"\\".contains(&byte) => quoted.push(char::from(byte)),
                    other => drop(write!(quoted, "\\x{other:02x}")),
                }
                quoted
            });
            all + "\"" + &quoted + "\"\n"
        },
    ))
}

fn gather(source: &Path, words: &mut BTreeSet<String>) -> io::Result<()> {
    if source.is_dir() {
        for file in fs::read_dir(source)? {
            gather(&file?.path(), words)?;
        }
        return Ok(());
    }
    if source.file_name().is_some_and(|name| name == "tests.rs") {
        return Ok(());
    }
    for line in fs::read_to_string(source)?.lines() {
        // What follows is tests, whose texts are whole files.
        if line == "#[cfg(test)]" {
            break;
        }
        if line.trim_start().starts_with("//") {
            continue;
        }
        let parts: Vec<&str> = line.split('"').collect();
        let quoted = parts.iter().skip(1).step_by(2);
        words.extend(
            quoted.filter(|word| !word.contains(['{', '\\'])).map(|word| (*word).to_owned()),
        );
    }
    Ok(())
}
