//! The program over keys from a file, by its own script.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::classes::elsewhere::{root, run, scratch};
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, Time};

const SCRIPT: &str = "docs/measure/resolve.sh";

pub fn program(effort: Effort, findings: &mut Findings) {
    let shared = Path::new("/dev/shm/continuum-bench");
    let folder = if fs::create_dir_all(shared).is_ok() { shared.into() } else { scratch() };
    let count = if effort.quick { "1000000" } else { "10000000" };
    let script = [Path::new(SCRIPT), &folder, Path::new(count)];
    let result = run(Command::new("sh").args(script).current_dir(root()));
    let _ = fs::remove_dir_all(shared);
    match result {
        Ok(text) => take(text, findings),
        Err(why) => findings.absent(SCRIPT, why),
    }
}

/// Rows out of what the script printed: memory of each of ours, and each peer
/// beside the first of ours that writes to where it writes.
fn take(text: String, findings: &mut Findings) {
    let lines: Vec<Line<'_>> = text.lines().filter_map(Line::parse).collect();
    if lines.is_empty() {
        findings.absent(SCRIPT, "none of the lines it printed is a row of figures");
    }
    let (ours, peers): (Vec<&Line<'_>>, _) =
        lines.iter().partition(|line| line.title.contains("continuum"));
    let single = |figure: f64| Time { median: figure, p10: figure };
    let memory = |line: &Line<'_>| Row {
        class: "The program, keys from a file",
        ours: line.title.to_owned(),
        peer: None,
        n: 4,
        unit: "MB at its peak",
        ours_time: single(line.megabytes),
        peer_time: None,
        target: Some(Target::AtMost(64.0)),
    };
    for line in &ours {
        findings.row(memory(line));
    }
    for peer in peers {
        let Some(line) = ours.iter().find(|line| line.destination == peer.destination) else {
            findings.absent(peer.title, "no row of ours writes to where it writes");
            continue;
        };
        findings.row(Row {
            peer: Some(peer.title.to_owned()),
            unit: "ns",
            ours_time: single(line.nanoseconds),
            peer_time: Some(single(peer.nanoseconds)),
            target: None,
            ..memory(line)
        });
    }
    findings.outputs.push((SCRIPT.to_owned(), text));
}

/// A line like `| title, to a file | 1.23 s | 1.21 s | 8130081 | 4.0 MB |`: wall and
/// processor time, keys a second of wall time, peak memory.
struct Line<'a> {
    title: &'a str,
    /// Behind the title's last `, to `.
    destination: &'a str,
    /// Of wall time, a key.
    nanoseconds: f64,
    megabytes: f64,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", title, _wall, _processor, a_second, memory, ""] = cells[..] else { return None };
        Some(Self {
            title,
            destination: title.rsplit_once(", to ")?.1,
            nanoseconds: 1e9 / a_second.parse::<f64>().ok()?,
            megabytes: memory.strip_suffix(" MB")?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, take};
    use crate::row::Findings;

    /// What the script printed of ten million keys.
    const PRINTED: &str = "\
10000000 keys; 1000000 answers compared with Python's: the same

| | wall | processor | keys/s | peak memory |
|---|---:|---:|---:|---:|
| `continuum resolve`, to a file | 0.19 s | 0.32 s | 52631579 | 7.9 MB |
| `awk '{print}'`, to a file | 0.40 s | 0.39 s | 25000000 | 2.2 MB |
| `cat`, to a file | 0.10 s | 0.09 s | 100000000 | 1.6 MB |
| `continuum resolve`, to `/dev/null` | 0.20 s | 0.18 s | 50000000 | 7.2 MB |
| `cat` into `continuum resolve`, to `/dev/null` | 0.23 s | 0.31 s | 43478261 | 6.4 MB |
| `awk '{print}'`, to `/dev/null` | 0.32 s | 0.30 s | 31250000 | 2.1 MB |
| `continuum resolve --count`, to `/dev/null` | 0.15 s | 0.15 s | 66666667 | 6.1 MB |
| Python, `hashlib.md5` and `bisect`, 1000000 keys, time times 10, to a file | 19.50 s | 19.50 s | 512821 | 16.9 MB |
";

    #[test]
    fn the_table_becomes_rows() {
        let mut findings = Findings::default();
        take(PRINTED.to_owned(), &mut findings);
        let memory: Vec<_> = findings.rows.iter().filter(|row| row.peer.is_none()).collect();
        let memory: Vec<_> =
            memory.iter().map(|row| (&*row.ours, row.ours_time.p10, row.met())).collect();
        assert_eq!(
            memory,
            [
                ("`continuum resolve`, to a file", 7.9, Some(true)),
                ("`continuum resolve`, to `/dev/null`", 7.2, Some(true)),
                ("`cat` into `continuum resolve`, to `/dev/null`", 6.4, Some(true)),
                ("`continuum resolve --count`, to `/dev/null`", 6.1, Some(true)),
            ]
        );
        // A peer stands beside ours that writes to where it writes.
        let beside: Vec<_> = findings
            .rows
            .iter()
            .filter_map(|row| Some((&*row.ours, row.peer.as_deref()?, row.peer_time?.p10)))
            .collect();
        assert_eq!(
            beside,
            [
                ("`continuum resolve`, to a file", "`awk '{print}'`, to a file", 40.0),
                ("`continuum resolve`, to a file", "`cat`, to a file", 10.0),
                ("`continuum resolve`, to `/dev/null`", "`awk '{print}'`, to `/dev/null`", 32.0),
                (
                    "`continuum resolve`, to a file",
                    "Python, `hashlib.md5` and `bisect`, 1000000 keys, time times 10, to a file",
                    1e9 / 512_821.0
                ),
            ]
        );
        assert_eq!(findings.outputs.len(), 1);
        assert!(findings.absent.is_empty(), "{:?}", findings.absent);
    }

    #[test]
    fn a_table_that_cannot_be_read_is_said() {
        for text in
            ["", "10 keys\n| a | 1 |\n", "continuum resolve  0.2 s  0.1 s  5 keys/s  7.9 MB"]
        {
            let mut findings = Findings::default();
            take(text.to_owned(), &mut findings);
            assert!(findings.rows.is_empty());
            let [(name, why)] = &findings.absent[..] else { panic!("{:?}", findings.absent) };
            assert_eq!(
                (&**name, &**why),
                (SCRIPT, "none of the lines it printed is a row of figures")
            );
        }
    }
}
