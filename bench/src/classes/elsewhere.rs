//! Engines of other languages: they run in processes of their own, in turns with
//! ours.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use continuum::Keys;
use cpu_time::{ProcessTime, ThreadTime};
use serde::Deserialize;

use crate::keys::{hashes, servers, texts};
use crate::ours::{continuum, owner};
use crate::row::{Findings, Row, Target};
use crate::timer::{Effort, Time};

/// The project's root, whose `target` holds what is built on the way.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("bench/ lies in the project").into()
}

pub fn scratch() -> PathBuf {
    let folder = root().join("target/bench-scratch");
    fs::create_dir_all(&folder).expect("a folder under target/");
    folder
}

/// The last lines of what a failed command said.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let said = text(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word");
    Err(format!("{}: {last}", command.get_program().to_string_lossy()))
}

/// A process that answers lines.
struct Engine {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Engine {
    fn start(command: &mut Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let input = child.stdin.take().ok_or("no input")?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        Ok(Self { child, input, output })
    }

    fn ask(&mut self, word: &str) -> Result<String, String> {
        writeln!(self.input, "{word}").map_err(|error| error.to_string())?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        if line.is_empty() { Err("it ended early".to_owned()) } else { Ok(line) }
    }

    fn end(mut self) {
        drop(self.input);
        let _ = self.child.wait();
    }
}

/// A language's engine: its peer's name, ours, and how it is started.
struct Other {
    name: &'static str,
    scheme: &'static str,
    numbers: bool,
    command: fn(&Path, &Path, &Path) -> Result<Command, String>,
}

const OTHERS: [Other; 3] = [
    Other {
        name: "golang/groupcache (Go, Debian)",
        scheme: "groupcache",
        numbers: false,
        command: |scratch, keys, servers| {
            let program = scratch.join("groupcache");
            let source = root().join("bench/go/main.go");
            run(Command::new("go")
                .args(["build", "-o"])
                .arg(&program)
                .arg(source)
                .env("GO111MODULE", "off")
                .env("GOPATH", "/usr/share/gocode")
                .env("GOCACHE", scratch.join("go-cache")))?;
            let mut command = Command::new(program);
            command.arg(keys).arg(servers);
            Ok(command)
        },
    },
    Other {
        name: "Guava consistentHash (Java, Debian)",
        scheme: "guava",
        numbers: true,
        command: |scratch, keys, servers| java(scratch, "guava", keys, servers),
    },
    Other {
        name: "spymemcached KetamaNodeLocator (Java, Debian)",
        scheme: "spymemcached:locator=ketama,hash=ketama",
        numbers: false,
        command: |scratch, keys, servers| java(scratch, "spymemcached", keys, servers),
    },
];

fn java(scratch: &Path, engine: &str, keys: &Path, servers: &Path) -> Result<Command, String> {
    let jars = ["guava", "spymemcached", "slf4j-api", "failureaccess"];
    let jars: Vec<_> = jars.iter().map(|name| format!("/usr/share/java/{name}.jar")).collect();
    let path = format!("{}:{}", jars.join(":"), scratch.display());
    run(Command::new("javac")
        .args(["-cp", &path, "-d"])
        .arg(scratch)
        .arg(root().join("bench/java/Engine.java")))?;
    let mut command = Command::new("java");
    command.args(["-cp", &path, "Engine", engine]).arg(keys).arg(servers);
    Ok(command)
}

pub fn languages(effort: Effort, findings: &mut Findings) {
    let scratch = scratch();
    let count = if effort.quick { 100_000 } else { 200_000 };
    let names = servers(100);
    let keys = texts(count);
    let numbers = hashes(count);
    let write = |name: &str, text: String| {
        let path = scratch.join(name);
        fs::write(&path, text).expect("a file under target/");
        path
    };
    let servers = write("servers", names.join("\n") + "\n");
    let texts = write("keys", keys.join("\n") + "\n");
    let decimal: Vec<_> = numbers.iter().map(u64::to_string).collect();
    let decimal = write("numbers", decimal.join("\n") + "\n");
    let bytes: Vec<[u8; 8]> = numbers.iter().map(|number| number.to_le_bytes()).collect();
    for other in &OTHERS {
        let ours = continuum(other.scheme, &names);
        let file = if other.numbers { &decimal } else { &texts };
        let want: Vec<u32> = if other.numbers {
            bytes.iter().filter_map(|key| ours.resolve_index(key)).collect()
        } else {
            keys.iter().map(|key| owner(&ours, key)).collect()
        };
        let mut pass = || {
            let start = ThreadTime::now();
            if other.numbers {
                for key in &bytes {
                    std::hint::black_box(ours.resolve_index(key));
                }
            } else {
                for key in &keys {
                    std::hint::black_box(owner(&ours, key));
                }
            }
            start.elapsed().as_secs_f64() * 1e9 / count as f64
        };
        let result = (other.command)(&scratch, file, &servers)
            .and_then(|mut command| Engine::start(&mut command))
            .and_then(|engine| beside(effort, engine, &want, &mut pass));
        match result {
            Err(why) => findings.absent(other.name, why),
            Ok((differ, ours_time, peer_time)) => {
                let what =
                    format!("{}, 100 servers: {differ} of {count} keys differ", other.scheme);
                findings.check(other.name, what, differ == 0);
                findings.row(Row {
                    class: "Other languages, one key at a time",
                    ours: other.scheme.to_owned(),
                    peer: Some(other.name.to_owned()),
                    n: 100,
                    unit: "ns",
                    ours_time,
                    peer_time: Some(peer_time),
                    target: Some(Target::TimesFaster(1.0)),
                });
            }
        }
    }
    findings.absent("hash4j (Java)", "not in Debian; its JumpBackHash is compared by the crate's");
    findings.absent(
        "stathat/consistent, serialx/hashring, buraksezer/consistent, dgryski/go-jump (Go)",
        "not in Debian",
    );
}

/// Alternating passes, after as many to warm up; how many answers differ, our
/// time and theirs.
fn beside(
    effort: Effort,
    mut engine: Engine,
    want: &[u32],
    pass: &mut dyn FnMut() -> f64,
) -> Result<(usize, Time, Time), String> {
    let answers = engine.ask("answers")?;
    let got: Vec<u32> = answers.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let differ = want.iter().zip(&got).filter(|(want, got)| want != got).count();
    let differ = differ + want.len().abs_diff(got.len());
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let rounds = effort.rounds * 2;
    for round in 0..2 * rounds {
        let line = engine.ask("run")?;
        let time = line.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
        let time = time.ok_or_else(|| format!("no time: {line:?}"))?;
        let own = pass();
        if round >= rounds {
            theirs.push(time);
            ours.push(own);
        }
    }
    engine.end();
    Ok((differ, Time::of(ours), Time::of(theirs)))
}

/// What `python/engines.py` prints.
#[derive(Deserialize)]
struct Python {
    checks: Vec<(String, String, bool)>,
    rows: Vec<PythonRow>,
    absent: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct PythonRow {
    ours: String,
    peer: Option<String>,
    n: u64,
    ours_time: (f64, f64),
    peer_time: Option<(f64, f64)>,
    /// At least so many times faster; with `arrow`, the Rust batch is the peer.
    least: Option<f64>,
    #[serde(default)]
    arrow: bool,
}

pub fn python(effort: Effort, findings: &mut Findings) {
    let scratch = scratch();
    let count = if effort.quick { 100_000 } else { 1_000_000 };
    let keys = texts(count);
    let file = scratch.join("python-keys");
    fs::write(&file, keys.join("\n") + "\n").expect("a file under target/");
    // The Rust batch over the same keys, before and after.
    let scheme = "python-continuum:points=16000";
    let ours = continuum(scheme, &servers(100));
    let mut bytes = Vec::new();
    let mut offsets = vec![0_u32];
    for key in &keys {
        bytes.extend_from_slice(key.as_bytes());
        offsets.push(bytes.len() as u32);
    }
    let mut owners = vec![0; count];
    let mut rust = Vec::new();
    let mut passes = |rust: &mut Vec<f64>| {
        for _ in 0..effort.rounds * 2 {
            let start = ProcessTime::now();
            let keys = Keys::packed32(&bytes, &offsets).expect("offsets that rise");
            ours.resolve_all(keys, &mut owners);
            rust.push(start.elapsed().as_secs_f64() * 1e9 / count as f64);
        }
    };
    passes(&mut rust);
    let result = environment(findings).and_then(|python| {
        let mut command = Command::new(python);
        command.arg(root().join("bench/python/engines.py")).arg(&file);
        if effort.quick {
            command.arg("--quick");
        }
        let text = run(command.stderr(Stdio::inherit()))?;
        serde_json::from_str::<Python>(&text).map_err(|error| format!("engines.py: {error}"))
    });
    passes(&mut rust);
    let result = match result {
        Ok(result) => result,
        Err(why) => return findings.absent("all of Python", why),
    };
    for (peer, what, agrees) in result.checks {
        findings.check(peer, what, agrees);
    }
    for (peer, why) in result.absent {
        findings.absent(peer, why);
    }
    let time = |(p10, median): (f64, f64)| Time { median, p10 };
    for row in result.rows {
        let (peer, peer_time, target) = if row.arrow {
            let peer = Some("Rust resolve_all, the same keys".to_owned());
            (peer, Some(Time::of(rust.clone())), Some(Target::WithinTimes(1.3)))
        } else {
            (row.peer, row.peer_time.map(time), row.least.map(Target::TimesFaster))
        };
        findings.row(Row {
            class: "Python",
            ours: row.ours,
            peer,
            n: row.n,
            unit: "ns",
            ours_time: time(row.ours_time),
            peer_time,
            target,
        });
    }
}

/// The interpreter of an environment that has ours and the peers.
fn environment(findings: &mut Findings) -> Result<PathBuf, String> {
    let text = run(&mut Command::new(root().join("bench/python/environment")))?;
    for line in text.lines() {
        if let Some((peer, why)) = line.strip_prefix("absent ").and_then(|l| l.split_once(": ")) {
            findings.absent(format!("{peer} (Python)"), why);
        }
    }
    text.lines().last().map(PathBuf::from).ok_or_else(|| "no interpreter".to_owned())
}
