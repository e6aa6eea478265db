//! Random servers, files, schemes and keys, most of them bad: each is refused
//! with one sentence and no output, or every key is answered. Nothing panics.

use std::fs;
use std::path::PathBuf;

use crate::args::{Forms, InputForm, OutputForm, Resolve, Set};
use crate::commands::resolve;
use crate::failure::Failure;

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

fn servers_file(random: &mut Random, folder: &std::path::Path) -> PathBuf {
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

/// Runs and judges; says whether it was answered.
fn answered(args: &Resolve, keys: &[u8], seed: u64) -> bool {
    let mut out = Vec::new();
    match resolve::run(args, keys, &mut out) {
        Ok(()) => {
            let separator = if args.null { b'\0' } else { b'\n' };
            let asked = crate::input::split_keys(keys, separator).count();
            let asked = if keys.is_empty() { 0 } else { asked };
            if !args.count {
                let end = if args.json { b'\n' } else { separator };
                let records = out.iter().filter(|byte| **byte == end).count();
                assert_eq!(records, asked, "seed {seed}: a record for each key");
            }
            true
        }
        Err(Failure::Refused(sentence)) => {
            refused(&sentence, &out, seed);
            false
        }
        Err(Failure::Complaints(sentences)) => {
            assert!(!sentences.is_empty(), "seed {seed}: no reason");
            sentences.iter().for_each(|sentence| refused(sentence, &out, seed));
            false
        }
        Err(other) => panic!("seed {seed}: {other:?}"),
    }
}

fn refused(sentence: &str, out: &[u8], seed: u64) {
    assert!(out.is_empty(), "seed {seed}: output before '{sentence}'");
    assert!(sentence.len() > 10 && !sentence.contains('\n'), "seed {seed}: '{sentence}'");
}

#[test]
fn random_sets_are_answered_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut answers = 0;
    for seed in 0..1000 {
        let mut random = Random(seed);
        let most = if random.once_in(3) { 1 } else { 5 };
        let args = Resolve {
            set: Set {
                server: (0..random.below(most + 1)).map(|_| server(&mut random)).collect(),
                servers_file: random.once_in(3).then(|| servers_file(&mut random, folder.path())),
                scheme: random.once_in(3).then(|| random.pick(SCHEMES).to_owned()),
            },
            null: random.once_in(4),
            json: random.once_in(4),
            count: random.once_in(4),
            quiet: true,
            ..Resolve::default()
        };
        let keys = random.bytes(200);
        answers += usize::from(answered(&args, &keys, seed));
    }
    // Both outcomes must have been seen, or this test looks at nothing.
    assert!((200..800).contains(&answers), "{answers} of 1000 were answered");
}

#[test]
fn large_inputs() {
    let many: Vec<String> =
        (0..100_000).map(|n| format!("10.{}.{}.{}:1", n >> 16, n >> 8 & 255, n & 255)).collect();
    let args = |scheme: &str, server: &[String]| Resolve {
        set: Set { server: server.to_vec(), scheme: Some(scheme.to_owned()), ..Set::default() },
        quiet: true,
        ..Resolve::default()
    };
    assert!(!answered(&args("python-continuum", &many), b"key", 0), "1000 points do not suffice");
    assert!(answered(&args("python-continuum:points=2000000", &many), b"key\n\0\n", 0));
    let mut long = vec![b'x'; 10 << 20];
    long.extend(b"\n\0\n\xff");
    assert!(answered(&args("python-continuum", &many[..3]), &long, 0));
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
    use InputForm::{Csv, Lines, Ndjson, NullSeparated, Tsv};
    let mut answers = 0;
    for seed in 0..4000 {
        let mut random = Random(seed);
        let input = [Csv, Lines, Ndjson, NullSeparated, Tsv][random.below(5)];
        let table = matches!(input, Csv | Tsv);
        let column = ["key", "a.key", "1", "2", ""][random.below(5)].to_owned();
        let output = [
            OutputForm::Csv,
            OutputForm::Lines,
            OutputForm::Ndjson,
            OutputForm::NullSeparated,
            #[cfg(feature = "parquet")]
            OutputForm::Parquet,
        ];
        let args = Resolve {
            set: Set { server: vec!["a:1".to_owned(), "b,\"c:1".to_owned()], ..Set::default() },
            forms: Forms {
                input_format: Some(input),
                column: (table || input == Ndjson).then_some(column).filter(|_| !random.once_in(3)),
                no_header: table && random.once_in(3),
                output_format: Some(output[random.below(output.len())]),
            },
            quiet: true,
            ..Resolve::default()
        };
        let mut keys: Vec<u8> = (0..random.below(9))
            .flat_map(|_| random.pick(ROWS).bytes().collect::<Vec<u8>>())
            .collect();
        if random.once_in(5) {
            keys.extend(random.bytes(9));
        }
        let mut out = Vec::new();
        match resolve::run(&args, &*keys, &mut out) {
            Ok(()) => answers += 1,
            Err(Failure::Refused(sentence)) => {
                // The last key without an end is a batch of its own.
                let whole = out.last().is_none_or(|last| b"\n\0".contains(last));
                assert!(whole, "seed {seed}: half an answer before '{sentence}'");
                assert!(!sentence.contains('\n'), "seed {seed}: '{sentence}'");
            }
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!((500..3900).contains(&answers), "{answers} of 4000 were answered");
}
