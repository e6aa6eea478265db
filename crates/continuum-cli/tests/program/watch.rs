//! Watching a file while it changes: only the changes within the limit run the command.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::continuum;

/// A program that watches `live.txt` of its folder, and the events that it tells.
struct Watching {
    folder: TempDir,
    child: Child,
    events: Receiver<Value>,
}

impl Watching {
    fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        put(folder.path(), &servers(10));
        let mut child = continuum()
            .args(["watch", "live.txt", "--scheme", "rendezvous-1", "--json", "--plan"])
            .args(["--settle", "0.2", "--interval", "0.05", "--max-move", "20%"])
            .args(args)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, events) = mpsc::channel();
        thread::spawn(move || {
            for line in lines {
                drop(tell.send(serde_json::from_str(&line.unwrap()).unwrap()));
            }
        });
        let watching = Self { folder, child, events };
        assert_eq!(watching.next()["event"], "first");
        watching
    }

    fn next(&self) -> Value {
        self.events.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// The file is replaced; what is told of it.
    fn put(&self, text: &str) -> Value {
        put(self.folder.path(), text);
        self.next()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// Ends it by this signal; its exit status and what stood on stderr.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        // The shell has `kill`; a bare machine has no program of that name.
        let kill = format!("kill {signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        let mut told = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        let status = self.child.wait().unwrap();
        assert!(self.events.recv().is_err(), "nothing more is told");
        (status.code(), told)
    }
}

fn put(folder: &Path, text: &str) {
    fs::write(folder.join("next"), text).unwrap();
    fs::rename(folder.join("next"), folder.join("live.txt")).unwrap();
}

fn servers(number: u32) -> String {
    (0..number).map(|n| format!("10.0.0.{n}:80\n")).collect()
}

#[test]
fn only_changes_within_the_limit_run_the_command() {
    let script = "cat > made.txt; echo $CONTINUUM_MOVED >> moved.txt; echo done";
    let watching = Watching::start(&["--exec", "sh", "-c", script]);
    assert_eq!(watching.file("moved.txt"), "", "the first answer is no change");

    let change = watching.put(&servers(11));
    assert_eq!((&change["event"], &change["servers"]), (&"change".into(), &11.into()));
    let moved = change["moved"].as_f64().unwrap();
    assert!((0.08..0.1).contains(&moved), "{change}");
    assert_eq!(change["plan"]["gate"]["passed"], true);

    let refused = watching.put(&servers(5));
    assert_eq!((&refused["event"], &refused["servers"]), (&"refused".into(), &5.into()));
    assert_eq!(refused["plan"]["gate"]["passed"], false);
    let half = watching.put("10.0.0.0:80\n10.0.0.1");
    assert_eq!(half["event"], "failed");
    assert!(half["why"].as_str().unwrap().contains("last line does not end"), "{half}");
    assert_eq!(watching.put("")["event"], "failed");

    // Back, in steps that are within the limit: against the map in force.
    let change = watching.put(&servers(10));
    assert_eq!((&change["event"], &change["servers"]), (&"change".into(), &10.into()));
    watching.put(&servers(9));
    let (status, told) = watching_end(watching, &servers(9), 3);
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(told.matches("over the limit of 20%").count(), 1, "{told}");
    // With --json what the command writes does not stand among the events.
    assert_eq!(told.matches("done\n").count(), 3, "{told}");
}

/// Waits for the command's last run, then ends the program.
fn watching_end(watching: Watching, made: &str, runs: usize) -> (Option<i32>, String) {
    for _ in 0..600 {
        if watching.file("made.txt") == made && watching.file("moved.txt").lines().count() == runs {
            return watching.end("-INT");
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the command was not run: {:?}", watching.file("moved.txt"));
}

#[test]
fn a_change_whose_command_fails_is_tried_again() {
    let script = "test -e ready && cat > made.txt";
    let watching = Watching::start(&["--exec", "sh", "-c", script]);
    assert_eq!(watching.put(&servers(11))["event"], "change");
    let undone = watching.next();
    assert_eq!((&undone["event"], &undone["plan"]), (&"undone".into(), &Value::Null));
    assert!(undone["why"].as_str().unwrap().contains("'sh' ended with exit status: 1"), "{undone}");
    fs::File::create(watching.folder.path().join("ready")).unwrap().write_all(b"\n").unwrap();
    let again = watching.next();
    assert_eq!((&again["event"], &again["servers"]), (&"change".into(), &11.into()));
    // The next is held against it.
    let next = watching.put(&servers(12));
    assert!(next["moved"].as_f64().unwrap() < 0.09, "{next}");
    assert_eq!(watching.end("-TERM").0, Some(0));
}

#[test]
fn refusals_at_the_start() {
    for (args, sentence) in [
        (vec!["gone.txt"], "gone.txt: No such file or directory"),
        (vec!["etcd://127.0.0.1:1/a/"], "says no scheme"),
        (vec!["consul://x"], "no source is called 'consul'"),
        (vec!["elasticache://x", "--scheme", "nginx"], "expected elasticache://HOST:PORT"),
        (vec!["kubernetes:x", "--scheme", "nginx"], "kubernetes:x: "),
        (vec!["etcds://u:hush@h:x/a/", "--scheme", "nginx"], "etcds://h:x/a/: expected etcd://"),
        (vec!["elasticaches://u:hush@h:1", "--scheme", "nginx"], "expected elasticaches://HOST"),
        (vec!["consul://u:hush@x"], "no source is called 'consul'"),
        (vec!["x", "--max-move", "2"], "--max-move '2': expected a share"),
    ] {
        let output = continuum().arg("watch").args(&args).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(sentence) && !told.contains("hush"), "{args:?}: {told}");
    }
}

/// Runs `watch next --from live --once` over two texts with a command that shows what it got.
fn once(name: &str, live: &str, next: &str, more: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (live_file, next_file) =
        (folder.path().join(format!("live-{name}")), folder.path().join(format!("next-{name}")));
    fs::write(&live_file, live).unwrap();
    fs::write(&next_file, next).unwrap();
    continuum()
        .arg("watch")
        .arg(&next_file)
        .arg("--from")
        .arg(&live_file)
        .args(["--once", "--settle", "0", "--interval", "0.05"])
        .args(more)
        .args(["--exec", "cat"])
        .output()
        .unwrap()
}

const NAMED: &str = "p:\n  listen: 127.0.0.1:1\n  hash: murmur\n  distribution: ketama\n  servers:\n   \
                     - 10.0.0.1:11211:1 a\n   - 10.0.0.2:11211:1 b\n   - 10.0.0.3:11211:1 c\n";

#[test]
fn a_change_of_what_is_hashed_moves_every_key() {
    let next = NAMED.replace("hash: murmur", "hash: murmur\n  hash_tag: \"{}\"");
    let output = once("p.yml", NAMED, &next, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    let said = String::from_utf8(output.stderr).unwrap();
    let told = "hashes the key, or its part in {} instead of the key, so every key may move, which \
                is over the limit of 34%: the map stays as it is\n";
    assert!(said.ends_with(told), "{said}");
}

#[test]
fn the_command_gets_servers_that_make_the_same_map() {
    let next = NAMED.replace("10.0.0.3:11211:1 c", "10.0.0.3:11211:1 c\n   - 10.0.0.4:11211:1 d");
    let output = once("p.yml", NAMED, &next, &["--quiet"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (_, list) = said.split_once("\nscheme = ").unwrap_or_else(|| panic!("{said}"));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // Whatever its name, it is known by its content.
    let (got, file) = (folder.path().join("got.txt"), folder.path().join("p.yml"));
    fs::write(&got, format!("scheme = {list}")).unwrap();
    fs::write(&file, &next).unwrap();
    let keys: Vec<String> = (0..1000).map(|n| format!("key:{n}")).collect();
    let answers = |args: &[&str]| {
        let output = continuum().args(args).args(&keys).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (got, file) = (got.to_str().unwrap(), file.to_str().unwrap());
    let of_list = answers(&["resolve", "--servers", got]);
    assert_eq!(of_list, answers(&["resolve", file, "--quiet"]));
    assert!(["\ta\n", "\tb\n", "\tc\n", "\td\n"].iter().all(|name| of_list.contains(name)));
}

#[test]
fn a_reader_that_goes_is_no_end_that_was_asked_for() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    put(folder.path(), &servers(10));
    let mut child = continuum()
        .args([
            "watch",
            "live.txt",
            "--scheme",
            "rendezvous-1",
            "--settle",
            "0",
            "--interval",
            "0.05",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    drop(lines);
    put(folder.path(), &servers(11));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.ends_with("error: cannot write the output: nobody reads it\n"), "{said}");
}
