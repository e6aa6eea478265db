//! Instructions a key, counted by callgrind: what no other work on the machine can
//! disturb. Valgrind runs no AVX-512.

use std::hint::black_box;
use std::process::{Command, ExitCode};

use continuum::bench;

use crate::keys::{hashes, servers, texts};
use crate::ours::{continuum, owner};
use crate::peers::numbered::{fliphash, jump_back_hash, jumphash};
use crate::peers::strings::ALL;
use crate::row::{Findings, Row};
use crate::timer::{Effort, Time};

const SERVERS: usize = 100;
/// Counted is what as many keys more cost, so that the build drops out.
const KEYS: usize = 4800;

const SCHEMES: [&str; 6] =
    ["ring-1", "slots-1", "rendezvous-1", "nginx", "libketama", "python-continuum:points=16000"];

pub fn run(effort: Effort, findings: &mut Findings) {
    let version = Command::new("valgrind").arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        return findings.absent("instruction counts", "valgrind is not installed");
    }
    let mut jobs: Vec<(String, Vec<String>)> = Vec::new();
    for scheme in SCHEMES {
        for way in ["single", "portable", "avx2"] {
            if effort.quick && (way == "portable" || scheme.starts_with("python")) {
                continue;
            }
            let name = match way {
                "single" => format!("{scheme}, one at a time"),
                level => format!("{scheme}, batch, {level}"),
            };
            jobs.push((name, vec![scheme.to_owned(), way.to_owned()]));
        }
    }
    // Keys that are hashed already.
    for (scheme, peers) in
        [("jumpback", &["jump-back-hash", "fliphash"][..]), ("jump", &["jumphash"])]
    {
        jobs.push((
            format!("{scheme}, after hashing"),
            vec![scheme.to_owned(), "hashed".to_owned()],
        ));
        for peer in peers {
            jobs.push(((*peer).to_owned(), vec!["numbered".to_owned(), (*peer).to_owned()]));
        }
    }
    if !effort.quick {
        for (number, maker) in ALL.iter().enumerate() {
            let name = (maker.make)(&servers(1)).name;
            jobs.push((name.to_owned(), vec!["peer".to_owned(), number.to_string()]));
        }
    }
    for (name, words) in jobs {
        let count = counted(&words, KEYS).and_then(|one| Ok((one, counted(&words, 2 * KEYS)?)));
        let (one, two) = match count {
            Ok(counts) => counts,
            Err(why) => {
                findings.absent(format!("instructions of {name}"), why);
                continue;
            }
        };
        let each = (two - one) / KEYS as f64;
        findings.row(Row {
            class: "Instructions a key",
            ours: name,
            peer: None,
            n: SERVERS as u64,
            unit: "instructions",
            ours_time: Time { median: each, p10: each },
            peer_time: None,
            target: None,
        });
    }
}

/// The instructions of a run of this program over so many keys.
fn counted(words: &[String], keys: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .arg("count")
        .arg(keys.to_string())
        .args(words)
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(said.lines().last().unwrap_or("no word").to_owned());
    }
    let line = said.lines().find_map(|line| line.split_once("Collected :"));
    line.and_then(|(_, count)| count.trim().parse().ok()).ok_or_else(|| said.into_owned())
}

/// `count KEYS SCHEME single|hashed|LEVEL`, `count KEYS peer NUMBER` and `count
/// KEYS numbered NAME`: look-ups and nothing else, for callgrind.
pub fn count(words: &[String]) -> ExitCode {
    let [keys, engine, way] = words else { return ExitCode::FAILURE };
    let Ok(count) = keys.parse::<usize>() else { return ExitCode::FAILURE };
    let servers = servers(SERVERS);
    // As many keys are made in every run.
    let keys = &texts(2 * KEYS)[..count.min(2 * KEYS)];
    if engine == "peer" {
        let maker = way.parse().ok().and_then(|number: usize| ALL.get(number));
        let Some(maker) = maker else { return ExitCode::FAILURE };
        let peer = (maker.make)(&servers);
        for key in keys {
            black_box((peer.resolve)(key));
        }
        return ExitCode::SUCCESS;
    }
    let mut numbers = hashes(2 * KEYS);
    numbers.truncate(count);
    if engine == "numbered" {
        let rule: fn(u64, u32) -> u32 = match &**way {
            "jump-back-hash" => jump_back_hash,
            "fliphash" => fliphash,
            "jumphash" => jumphash,
            _ => return ExitCode::FAILURE,
        };
        for number in &numbers {
            black_box(rule(*number, SERVERS as u32));
        }
        return ExitCode::SUCCESS;
    }
    let ours = continuum(engine, &servers);
    if way == "hashed" {
        let mut out = vec![0; 2 * KEYS];
        let known = bench::place(&ours, &numbers, false, &mut out[..numbers.len()]);
        black_box(out);
        return if known { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    if way == "single" {
        for key in keys {
            black_box(owner(&ours, key));
        }
    } else {
        if !bench::limit(Some(way)) {
            eprintln!("no level {way}");
            return ExitCode::FAILURE;
        }
        let mut out = vec![0; 2 * KEYS];
        ours.resolve_all(keys, &mut out[..count]);
        black_box(out);
    }
    ExitCode::SUCCESS
}
