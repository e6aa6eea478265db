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
