//! The schemes there are.

use continuum::Scheme;
use serde::Serialize;

/// One scheme, as `continuum schemes --json` names its parts.
#[derive(Serialize)]
pub(crate) struct Row {
    name: &'static str,
    aliases: &'static [&'static str],
    program: &'static str,
    versions: &'static str,
    about: &'static str,
    answers: u64,
    options: Vec<OptionRow>,
}

#[derive(Serialize)]
struct OptionRow {
    name: &'static str,
    default: &'static str,
    accepts: String,
    about: &'static str,
}

/// All of them.
pub(crate) fn catalogue() -> Vec<Row> {
    let rows = Scheme::catalogue().iter().map(|entry| Row {
        name: entry.name(),
        aliases: entry.aliases(),
        program: entry.program(),
        versions: entry.versions(),
        about: entry.about(),
        answers: entry.proven(),
        options: entry
            .options()
            .iter()
            .map(|option| OptionRow {
                name: option.name(),
                default: option.default(),
                accepts: option.accepts(),
                about: option.about(),
            })
            .collect(),
    });
    rows.collect()
}
