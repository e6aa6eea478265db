//! The figures of `docs/COMPARE.md`, between two markers, and its pictures.

use std::{fs, io};

use crate::classes::elsewhere::root;
use crate::row::{Findings, Row};
use crate::{machine, plot, record};

const START: &str = "<!-- bench: start -->";
const END: &str = "<!-- bench: end -->";

/// Replaces what stands between the markers of `docs/COMPARE.md`, and writes the
/// page and its pictures into a folder of the project; without markers it is an
/// error.
pub fn write(findings: &Findings, folder: &str) -> io::Result<()> {
    let text = fs::read_to_string(root().join("docs/COMPARE.md"))?;
    let path = root().join(folder).join("COMPARE.md");
    let missing = || io::Error::other(format!("the markers {START} and {END} are not there"));
    let (before, rest) = text.split_once(START).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let pictures = plot::write(findings, &root().join(folder).join("compare"))?;
    let mut middle = format!(
        "```sh\nbench/run\n```\n\n{}; {}.\n\
         10th percentiles. In bold how many times ours is faster; in brackets ours and theirs. \
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
    middle += &tables(&findings.rows);
    middle += &record::memory(findings);
    middle += &record::absent(findings);
    fs::write(path, format!("{before}{START}\n{middle}{END}{after}"))
}

/// A table a class, a column a size: the ratio, and in brackets ours and theirs;
/// or ours alone. Only sizes that a reader would look for.
fn tables(rows: &[Row]) -> String {
    const SIZES: [u64; 12] =
        [1, 2, 8, 20, 100, 1000, 10_000, 100_000, 1_000_000, 160, 16_000, 160_000];
    let mut classes: Vec<&str> = rows.iter().map(|row| row.class).collect();
    classes.dedup();
    let mut text = String::new();
    for class in classes {
        let rows: Vec<&Row> = rows
            .iter()
            .filter(|row| row.class == class && SIZES.contains(&row.n))
            .filter(|row| row.peer.is_some() || row.target.is_some())
            .collect();
        let mut sizes: Vec<u64> = rows.iter().map(|row| row.n).collect();
        sizes.sort();
        sizes.dedup();
        let mut lines: Vec<(&str, &str, &str)> = Vec::new();
        for row in &rows {
            let line = (&*row.ours, row.peer.as_deref().unwrap_or(""), row.unit);
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if lines.is_empty() {
            continue;
        }
        text += &format!("### {class}\n\n| ours | peer | unit |");
        for size in &sizes {
            text += &format!(" {} |", record::thousands(*size));
        }
        text += &format!("\n|---|---|---|{}\n", "---:|".repeat(sizes.len()));
        for (ours, peer, unit) in lines {
            text += &format!("| {ours} | {peer} | {unit} |");
            for size in &sizes {
                let row = rows.iter().find(|row| {
                    row.n == *size
                        && row.unit == unit
                        && row.ours == ours
                        && row.peer.as_deref().unwrap_or("") == peer
                });
                text += &format!(" {} |", row.map_or(String::new(), |row| cell(row)));
            }
            text += "\n";
        }
        text += "\n";
    }
    text
}

fn cell(row: &Row) -> String {
    let ours = record::figure(row.ours_time.p10);
    match (row.ratio(), row.peer_time) {
        (Some(ratio), Some(peer)) => {
            format!("**{ratio:.1}** ({ours}, {})", record::figure(peer.p10))
        }
        _ => ours,
    }
}
