//! The figures of `docs/COMPARE.md`, between two markers, and its pictures.

use std::{fs, io};

use crate::classes::elsewhere::root;
use crate::row::{Findings, Row};
use crate::{machine, plot, record};

const START: &str = "<!-- bench: start -->";
const END: &str = "<!-- bench: end -->";

/// Replaces what stands between the markers; without markers it is an error.
pub fn write(findings: &Findings) -> io::Result<()> {
    let path = root().join("docs/COMPARE.md");
    let text = fs::read_to_string(&path)?;
    let missing = || io::Error::other(format!("the markers {START} and {END} are not there"));
    let (before, rest) = text.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let pictures = plot::write(findings)?;
    let mut middle = format!(
        "```sh\nbench/run\n```\n\n{}; {}.\n\
         10th percentile, median in brackets; the ratio is the peer's 10th percentile over ours. \
         [All rows](../bench/record/{}-{}.md), with the answers that were compared before \
         anything was timed.\n\n",
        machine::date(),
        machine::lines()[..2].join("; "),
        machine::date(),
        machine::cpu_word(),
    );
    for (file, title) in pictures {
        middle += &format!("![{title}](compare/{file})\n\n");
    }
    let shown: Vec<Row> = findings.rows.iter().filter(|row| shown(row)).cloned().collect();
    middle += record::tables(&shown).trim_start_matches('\n');
    middle += &record::memory(findings);
    middle += &record::absent(findings);
    fs::write(path, format!("{before}{START}\n{middle}{END}{after}"))
}

/// Rows that a reader chooses by: those with a peer, at the usual sizes.
fn shown(row: &Row) -> bool {
    row.peer.is_some() || row.class.starts_with("Batches")
}
