//! Sources without end, without a line's end, or without a writer: each ends in a
//! sentence, and nothing grows meanwhile.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::{continuum, pages, sentence};

const TWO: [&str; 4] = ["-s", "a:1", "-s", "b:1"];

#[test]
fn what_has_no_end_is_refused() {
    let config = pages("commands/plan.in").join("nginx.conf");
    let config = config.to_str().unwrap();
    for (args, says) in [
        (vec!["assign", "show", "/dev/zero"], "not an assignment"),
        (vec!["assign", "diff", "/dev/zero", "/dev/zero"], "not an assignment"),
        (vec!["resolve", "--servers", "/dev/zero"], "more than 64 MiB"),
        (vec!["advise", "--servers", "/dev/zero"], "more than 64 MiB"),
        (vec!["verify", "/dev/zero"], "regular files"),
        (vec!["identify", TWO[0], TWO[1], TWO[2], TWO[3], "/dev/zero"], "more than 64 MiB"),
        (vec!["balance", config, "--keys", "/dev/zero"], "MiB"),
        (vec!["plan", config, "--add", "c:1", "-q", "--keys", "/dev/zero"], "MiB"),
        (vec!["resolve", TWO[0], TWO[1], TWO[2], TWO[3], "--keys", "/dev/zero"], "16777216 bytes"),
        (vec!["plan", "/dev/zero", "/dev/zero"], "/dev/zero"),
        (vec!["lint", "/dev/zero"], "/dev/zero"),
    ] {
        let output = continuum().args(&args).stdin(Stdio::null()).output().unwrap();
        let said = sentence(&output);
        assert!(said.contains(says) && output.stdout.is_empty(), "{args:?}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn what_gives_nothing_is_named_while_it_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for (args, named) in [
        (vec!["resolve", "--servers", pipe, "key"], pipe),
        (vec!["resolve", TWO[0], TWO[1], "--keys", pipe], pipe),
        (vec!["resolve", TWO[0], TWO[1]], "stdin"),
        (vec!["identify", TWO[0], TWO[1]], "stdin"),
        (vec!["assign", "show", pipe], pipe),
    ] {
        let mut child = continuum()
            .args(&args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(said, format!("note: waiting for input from {named}\n"), "{args:?}");
    }
}

/// A process that may make no thread answers as any other.
#[test]
fn threads_that_cannot_be_made_are_done_without() {
    let folder = pages("commands/identify.in");
    let servers = folder.join("servers.txt");
    let servers = servers.to_str().unwrap();
    let pairs = std::fs::read(folder.join("pairs.tsv")).unwrap();
    let resolve = ["resolve", "--servers", servers];
    let identify = ["identify", "--servers", servers];
    for args in [resolve, identify] {
        let told = |stack: &str| {
            let mut command = continuum();
            // A stack that no machine has room for.
            let output = super::run(command.args(args).env("RUST_MIN_STACK", stack), &pairs);
            (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
        };
        let (status, answers, said) = told("1000000000000000");
        assert_eq!(told("2097152"), (status, answers, said.clone()), "{args:?}");
        assert!(status == Some(0) || status == Some(1), "{args:?}: {said}");
    }
}
