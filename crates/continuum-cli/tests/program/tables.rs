//! `assign` on one file: locked, replaced whole, kept as it was made.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{answers, continuum, json, refusal};

/// A table of 64 slots on three servers.
fn table(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    let servers = ["-s", "a:1", "-s", "b:1", "-s", "c:1", "--slots", "64"];
    answers(continuum().args(["assign", "init"]).arg(&file).args(servers), b"");
    file
}

fn change(file: &Path, pin: &str) -> Command {
    let mut command = continuum();
    command.args(["assign", "change"]).arg(file).args(["--pin", pin]);
    command
}

fn pins(file: &Path) -> Vec<(u64, u64)> {
    let read: serde_json::Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    serde_json::from_value(read["pins"].clone()).unwrap()
}

#[test]
fn a_table_that_is_locked_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = table(folder.path(), "table.json");
    let lock = File::open(&file).unwrap();
    lock.lock().unwrap();
    let said = refusal(change(&file, "1=a:1").arg("--no-wait"), b"");
    assert!(said.contains("another process is changing"), "{said}");
    // Looking needs no lock.
    answers(change(&file, "1=a:1").arg("--dry-run"), b"");
    let mut child =
        change(&file, "1=a:1").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let (mut said, mut rest) = (String::new(), String::new());
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut said).unwrap();
    assert!(said.starts_with("note: waiting for another process"), "{said}");
    assert!(pins(&file).is_empty());
    drop(lock);
    stderr.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
    assert_eq!(pins(&file), [(1, 0)]);
}

#[test]
fn changes_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = table(folder.path(), "table.json");
    let mut children: Vec<_> = (0..16)
        .map(|slot| change(&file, &format!("{slot}=a:1")).stdout(Stdio::null()).spawn().unwrap())
        .collect();
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    assert_eq!(pins(&file), (0..16).map(|slot| (slot, 0)).collect::<Vec<_>>());
    let left: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["table.json"], "nothing is left beside it");
}

#[cfg(unix)]
#[test]
fn mode_and_link_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let file = table(folder.path(), "table.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link");
    symlink("table.json", &link).unwrap();
    // What a process left that was killed, and what is none of ours.
    let left = folder.path().join(".table.json.123-0.tmp");
    let other = folder.path().join("table.json.new");
    fs::write(&left, "").unwrap();
    fs::write(&other, "mine").unwrap();
    answers(&mut change(&link, "7=b:1"), b"");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("table.json"));
    assert_eq!(pins(&file), [(7, 1)]);
    assert!(!left.exists() && fs::read(&other).unwrap() == b"mine");
}

#[test]
fn json_has_a_line_for_each_range_and_the_old_form_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = table(folder.path(), "table.json");
    let text = fs::read_to_string(&file).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ranges: Vec<Vec<String>> = serde_json::from_value(read["table"].clone()).unwrap();
    assert!(ranges.len() > 3);
    let mut columns = Vec::new();
    for range in &ranges {
        let (first, last) = range[0].split_once('-').unwrap_or((&range[0], &range[0]));
        let line = format!("    [\"{}\", \"{}\"]", range[0], range[1]);
        assert!(text.lines().any(|one| one.trim_end_matches(',') == line), "{line}:\n{text}");
        let number = ["a:1", "b:1", "c:1"].iter().position(|name| *name == range[1]).unwrap();
        let slots = last.parse::<usize>().unwrap() + 1 - first.parse::<usize>().unwrap();
        columns.extend(std::iter::repeat_n(number, slots));
    }
    assert_eq!(columns.len(), 64);
    let mut old = read.clone();
    old["table"] = serde_json::json!([columns]);
    let older = folder.path().join("older.json");
    fs::write(&older, old.to_string()).unwrap();
    let mut diff = continuum();
    assert_eq!(json(diff.args(["assign", "diff", "--json"]).arg(&file).arg(&older))["slots"], 0);
    // A change of one slot is a difference of a few lines.
    let slot = columns.iter().position(|server| *server == 0).unwrap();
    answers(&mut change(&file, &format!("{slot}=b:1")), b"");
    let changed = fs::read_to_string(&file).unwrap();
    let kept = changed.lines().filter(|line| text.lines().any(|one| one == *line)).count();
    assert!(changed.lines().count() - kept < 16, "{changed}");
    for broken in [r#"["0-63"]"#, r#"["0-62", "a:1"]"#, r#"["0-63", "d:1"]"#, r#"["1-64", "a:1"]"#]
    {
        let table: serde_json::Value = serde_json::from_str(&format!("[{broken}]")).unwrap();
        let mut damaged = read.clone();
        damaged["table"] = table;
        let file = folder.path().join("broken.json");
        fs::write(&file, damaged.to_string()).unwrap();
        let said = refusal(continuum().args(["assign", "show"]).arg(&file), b"");
        assert!(said.contains("damaged"), "{said}");
    }
}
