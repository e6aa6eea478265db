//! Random servers, files, schemes and keys, most of them bad: each is refused
//! with one sentence and no output, or every key is answered. Nothing panics.

use std::fs;
use std::path::{Path, PathBuf};

use super::{continuum, run};

/// SplitMix64: the same inputs on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        let letters = b"ab1:=.#\"[]{}\\/ \t\r\n\n\n\0\xff\xc3\xa9";
        (0..self.below(most + 1)).map(|_| letters[self.below(letters.len())]).collect()
    }
}

const HOSTS: &[&str] = &[
    "10.0.0.1",
    "a",
    "b",
    "c",
    "d",
    "e.example",
    "[::1]",
    "",
    " ",
    "é",
    "\0",
    "x\ty",
    "x\ny",
    "::1",
    "[::1",
    "/run/a.sock",
    "unix:b",
    "#a",
    "\u{1b}[31m",
    "a=b",
];
const PORTS: &[&str] = &[
    ":1",
    ":2",
    ":11211",
    ":0",
    ":65535",
    "",
    ":",
    ":65536",
    ":-1",
    ":http",
    ":0x10",
    ":1e3",
    ":99999999999999999999",
];
const CAPACITIES: &[&str] = &[
    "", "", "", "=1", "=2", "=0", "=0.5", "=1e308", "=1e-320", "=1e309", "=-1", "=nan", "=inf",
    "=", "=x", "=-0",
];
const SCHEMES: &[&str] = &[
    "python-continuum",
    "python-continuum:points=1",
    "python-continuum:points=160",
    "python-continuum:points=40000",
    "continuum-2010",
    "",
    ":",
    "nonesuch",
    "python-continuum:",
    "python-continuum:points",
    "python-continuum:points=",
    "python-continuum:points=0",
    "python-continuum:points=-1",
    "python-continuum:points=1e3",
    "python-continuum:points=99999999999",
    "python-continuum:dots=1",
    "python-continuum:points=1,points=1",
    "\0",
    "PYTHON-CONTINUUM",
];
const TOML: &[&str] = &[
    "[[servers]]\n",
    "host = 'a'\n",
    "host = 'b'\n",
    "host = ''\n",
    "port = 1\n",
    "port = 70000\n",
    "port = '80'\n",
    "weight = 2\n",
    "capacity = nan\n",
    "capacity = -1\n",
    "capacity = 1e308\n",
    "capacity = 9223372036854775807\n",
    "name = \"n\\u0000\"\n",
    "id = 7\n",
    "id = -7\n",
    "zone = 'z'\n",
    "scheme = 'python-continuum'\n",
    "scheme = 'nonesuch'\n",
    "servers = ['a:1', 'b:1=2']\n",
    "servers = ['a:1', {host = 'b', port = 1}]\n",
    "servers = 7\n",
    "\"k\\ney\" = 1\n",
    "\0",
    "# x\n",
];

fn server(random: &mut Random) -> String {
    // Most of them good, so that sets of several servers come about.
    if !random.once_in(6) {
        return format!("10.0.{}.{}:11211", random.below(256), random.below(256));
    }
    [random.pick(HOSTS), random.pick(PORTS), random.pick(CAPACITIES)].concat()
}

fn servers_file(random: &mut Random, folder: &Path) -> PathBuf {
    let count = random.below(8);
    if random.once_in(2) {
        let file = folder.join("servers.toml");
        let text: String = (0..count + 2).map(|_| random.pick(TOML)).collect();
        fs::write(&file, text).unwrap();
        file
    } else {
        let file = folder.join("servers.txt");
        let mut text: Vec<u8> =
            (0..count).flat_map(|_| (server(random) + "\n").into_bytes()).collect();
        if random.once_in(4) {
            text.extend(random.bytes(30));
        }
        fs::write(&file, text).unwrap();
        file
    }
}

/// Arguments of `resolve`, and what of them decides how answers are counted.
#[derive(Default)]
struct Args {
    words: Vec<String>,
    null: bool,
    json: bool,
    count: bool,
}

/// Runs and judges; says whether it was answered.
fn answered(args: &Args, keys: &[u8], seed: u64) -> bool {
    let output = run(continuum().args(["resolve", "-q"]).args(&args.words), keys);
    let said = String::from_utf8(output.stderr).unwrap();
    match output.status.code() {
        Some(0) => {
            let separator = if args.null { b'\0' } else { b'\n' };
            let whole = keys.strip_suffix(&[separator]).unwrap_or(keys);
            let asked = whole.split(|byte| *byte == separator).count();
            let asked = if keys.is_empty() { 0 } else { asked };
            if !args.count {
                let end = if args.json { b'\n' } else { separator };
                let records = output.stdout.iter().filter(|byte| **byte == end).count();
                assert_eq!(records, asked, "seed {seed}: a record for each key");
            }
            true
        }
        Some(2) => {
            let args = &args.words;
            assert!(output.stdout.is_empty(), "seed {seed}: output before '{said}'");
            let told = said.lines().all(|line| line.len() > 10 && line.starts_with("error: "));
            assert!(told && !said.is_empty(), "seed {seed}: {args:?}: '{said}'");
            false
        }
        other => panic!("seed {seed}: {other:?}: {said}"),
    }
}

fn given(option: &str, value: &str) -> String {
    format!("{option}={value}")
}

#[test]
fn random_sets_are_answered_or_refused() {
    const RUNS: u64 = 400;
    let folder = tempfile::tempdir().unwrap();
    let mut answers = 0;
    for seed in 0..RUNS {
        let mut random = Random(seed);
        let most = if random.once_in(3) { 1 } else { 5 };
        let mut args = Args::default();
        for _ in 0..random.below(most + 1) {
            args.words.push(given("--server", &server(&mut random)));
        }
        if random.once_in(3) {
            args.words.push(given(
                "--servers",
                servers_file(&mut random, folder.path()).to_str().unwrap(),
            ));
        }
        if random.once_in(3) {
            args.words.push(given("--scheme", random.pick(SCHEMES)));
        }
        [args.null, args.json, args.count] = [(); 3].map(|()| random.once_in(4));
        for (given, word) in [(args.null, "-0"), (args.json, "--json"), (args.count, "--count")] {
            args.words.extend(given.then(|| word.to_owned()));
        }
        // No argument of a program holds a NUL.
        args.words.iter_mut().for_each(|word| word.retain(|c| c != '\0'));
        let keys = random.bytes(200);
        answers += u64::from(answered(&args, &keys, seed));
    }
    // Both outcomes must have been seen, or this test looks at nothing.
    assert!((RUNS / 5..RUNS * 4 / 5).contains(&answers), "{answers} of {RUNS} were answered");
}

#[test]
fn a_long_key_and_odd_ones() {
    let mut long = vec![b'x'; 10 << 20];
    long.extend(b"\n\0\n\xff");
    let words = ["-s", "a:1", "-s", "b:1"].map(str::to_owned).to_vec();
    assert!(answered(&Args { words, ..Args::default() }, &long, 0));
}

const ROWS: &[&str] = &[
    "key",
    "key,b",
    "key\tb",
    ",",
    "\"",
    "\n",
    "\r\n",
    "\"a\nb\"",
    "x\"y",
    "{\"key\":\"a\"}",
    "{\"key\":7}",
    "{\"key\":null}",
    "{\"a\":{\"key\":\"\\u0000\"}}",
    "[",
    "{}",
    "\0",
    "\u{feff}",
    "é",
    " ",
    "1.5",
    "\t",
];

/// Rows of any form read as any other and written as any: answered, or refused in
/// one sentence between answers.
#[test]
fn random_rows_are_answered_or_refused() {
    const RUNS: u64 = 800;
    let mut answers = 0;
    for seed in 0..RUNS {
        let mut random = Random(seed);
        let input = ["csv", "lines", "ndjson", "null-separated", "tsv"][random.below(5)];
        let table = matches!(input, "csv" | "tsv");
        let column = ["key", "a.key", "1", "2", ""][random.below(5)];
        let output = [
            "csv",
            "lines",
            "ndjson",
            "null-separated",
            #[cfg(feature = "parquet")]
            "parquet",
        ];
        let mut words = vec![
            given("--server", "a:1"),
            given("--server", "b,\"c:1"),
            given("--input-format", input),
            given("--output-format", output[random.below(output.len())]),
        ];
        if (table || input == "ndjson") && !random.once_in(3) {
            words.push(given("--column", column));
        }
        if table && random.once_in(3) {
            words.push("--no-header".to_owned());
        }
        let mut keys: Vec<u8> = (0..random.below(9))
            .flat_map(|_| random.pick(ROWS).bytes().collect::<Vec<u8>>())
            .collect();
        if random.once_in(5) {
            keys.extend(random.bytes(9));
        }
        let output = run(continuum().args(["resolve", "-q"]).args(&words), &keys);
        let said = String::from_utf8(output.stderr).unwrap();
        match output.status.code() {
            Some(0) => answers += 1,
            Some(2) => {
                // The last key without an end is a batch of its own.
                let whole = output.stdout.last().is_none_or(|last| b"\n\0".contains(last));
                assert!(whole, "seed {seed}: half an answer before '{said}'");
                assert_eq!(said.lines().count(), 1, "seed {seed}: '{said}'");
            }
            other => panic!("seed {seed}: {other:?}: {said}"),
        }
    }
    assert!((RUNS / 8..RUNS - RUNS / 40).contains(&answers), "{answers} of {RUNS} were answered");
}
