//! `plan --moved`: the keys that `resolve` gives to another server, in every form.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{answers, continuum, pages, scratch};

fn configs() -> [std::path::PathBuf; 2] {
    ["nutcracker.yml", "nutcracker.new.yml"].map(|name| pages("commands/plan.in").join(name))
}

fn plan(keys: &Path, moved: &Path) -> Command {
    let [old, new] = configs();
    let mut command = continuum();
    command
        .args(["plan", "-q"])
        .arg(old)
        .arg(new)
        .arg("--keys")
        .arg(keys)
        .arg("--moved")
        .arg(moved);
    command
}

#[test]
fn keys_that_move_are_written_in_every_form() {
    let list: String = (0..20_000).map(|number| format!("user:{number}\n")).collect();
    let lines = scratch("keys.txt", list.as_bytes());
    let owners = |config: &Path, form: &str| {
        let mut command = continuum();
        command.args(["resolve", "-q", "--output-format", form, "-C"]).arg(config);
        answers(command.arg("--keys").arg(&lines), b"")
    };
    let [old, new] = configs().map(|config| String::from_utf8(owners(&config, "lines")).unwrap());
    let rows: Vec<[&str; 3]> = old
        .lines()
        .zip(new.lines())
        .map(|(old, new)| {
            let (key, from) = old.split_once('\t').unwrap();
            [key, from, new.split_once('\t').unwrap().1]
        })
        .filter(|[_, from, to]| from != to)
        .collect();
    assert!((5_000..8_000).contains(&rows.len()), "{}", rows.len());
    let text = |separator: &str| -> String {
        let head = ["key", "from", "to"].join(separator) + "\n";
        head + &rows.iter().map(|row| row.join(separator) + "\n").collect::<String>()
    };
    // Keys from each form that is read, too.
    let json: String = list.lines().map(|key| format!("{{\"user\":\"{key}\"}}\n")).collect();
    let json = scratch("keys.ndjson", json.as_bytes());
    let table = scratch("keys.parquet", &owners(&configs()[0], "parquet"));
    let sized = scratch("sized.tsv", list.replace('\n', "\t7\n").as_bytes());
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    answers(&mut plan(&lines, &out("a.tsv")), b"");
    assert!(fs::read_to_string(out("a.tsv")).unwrap() == text("\t"));
    answers(&mut plan(&table, &out("b.csv")), b"");
    assert!(fs::read_to_string(out("b.csv")).unwrap() == text(","));
    answers(&mut plan(&sized, &out("c.tsv")), b"");
    assert!(fs::read_to_string(out("c.tsv")).unwrap() == text("\t"));
    answers(plan(&json, &out("d.ndjson")).args(["--column", "user"]), b"");
    let [key, from, to] = rows[0];
    let first = format!("{{\"key\":\"{key}\",\"from\":\"{from}\",\"to\":\"{to}\"}}\n");
    let written = fs::read_to_string(out("d.ndjson")).unwrap();
    assert!(written.starts_with(&first) && written.lines().count() == rows.len());
    // A column of a table that was written is read again.
    answers(&mut plan(&lines, &out("e.parquet")), b"");
    for (column, at) in [("key", 0), ("from", 1), ("to", 2)] {
        let mut command = continuum();
        command.args(["resolve", "-s", "a:1", "--column", column, "--keys"]);
        let read = String::from_utf8(answers(command.arg(out("e.parquet")), b"")).unwrap();
        let read: Vec<&str> = read.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert!(read == rows.iter().map(|row| row[at]).collect::<Vec<_>>(), "{column}");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let keys = scratch("odd-keys", b"a\n");
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    for (name, says) in [("x.xlsx", "expected a name in .tsv"), ("no/such.tsv", "cannot write")] {
        let said = super::refusal(&mut plan(&keys, &out(name)), b"");
        assert!(said.contains(says), "{said}");
    }
}
