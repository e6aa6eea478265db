//! Broken files: each is refused with file and line, within two seconds and
//! 200 MiB; none panics. Some are made by hand, the others from good files by
//! changes that break them for sure. Each is read in a process of its own, whose
//! memory and time nothing else uses.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use continuum_config::{Config, Format, Options};

const MOST_TIME: Duration = Duration::from_secs(2);
const MOST_KIB: u64 = 200 * 1024;

struct Case {
    name: String,
    file: String,
    bytes: Vec<u8>,
    format: Option<Format>,
}

fn case(name: impl Into<String>, file: &str, bytes: impl Into<Vec<u8>>) -> Case {
    Case { name: name.into(), file: file.to_owned(), bytes: bytes.into(), format: None }
}

/// Good files, their names, and a piece of each that can be broken: what to put
/// in its place.
const BREAKS: &[(&str, &[(&str, &str)])] = &[
    (
        "twemproxy.yml",
        &[
            ("127.0.0.1:6379:1", "127.0.0.1:6379"),
            ("127.0.0.1:6379:1", "127.0.0.1:6379:one"),
            ("distribution: ketama", "distribution: [ketama]"),
            ("hash: fnv1a_64", "hash: fnv1a_65"),
            ("hash: fnv1a_64", "hush: fnv1a_64"),
            ("hash_tag: \"{}\"", "hash_tag: \"{}"),
            ("servers:", "servers: *unknown"),
            ("alpha:", "alpha"),
            ("alpha:", "beta:"),
            ("  listen: 127.0.0.1:22121", "\tlisten: 127.0.0.1:22121"),
            ("auto_eject_hosts: true", "auto_eject_hosts: maybe"),
            ("127.0.0.1:11213:1", "127.0.0.1:11212:1"),
        ],
    ),
    (
        "nginx.conf",
        &[
            ("hash $request_uri consistent;", "hash $request_uri consistent"),
            ("hash $request_uri consistent;", "hsah $request_uri consistent;"),
            ("hash $request_uri consistent;", "hash $request_uri constant;"),
            ("weight=2", "weight=two"),
            ("weight=2", "wait=2"),
            ("\"$host$uri\"", "\"$host$uri"),
            ("keepalive 32;", "keepalive 32; }"),
            ("upstream plain {", "upstream images {"),
            ("upstream plain {", "upstream {"),
            ("upstream plain {", "uptsream plain {"),
            ("10.0.0.2:80;", "10.0.0.2:http;"),
            ("keepalive 32;", "consistent_hash $uri;"),
            ("events {", "events { { }"),
        ],
    ),
    (
        "carbon.conf",
        &[
            ("consistent-hashing", "consistent_hashing"),
            ("[relay]", "[relay"),
            ("[relay]", "[cache]"),
            ("REPLICATION_FACTOR = 2", "REPLICATION_FACTOR"),
            ("REPLICATION_FACTOR = 2", "REPLICATION_FACTOR = many"),
            ("10.0.0.1:2104:b", "10.0.0.1:2004:a"),
            ("10.0.0.1:2104:b", "10.0.0.1:many:b"),
            ("10.0.0.1:2104:b", "10.0.0.1"),
        ],
    ),
    (
        "relay.conf",
        &[
            ("fnv1a_ch", "fnv1a-ch"),
            ("replication 2", "replication two"),
            ("10.0.0.1:2003=a", "10.0.0.1:port=a"),
            ("10.0.0.1:2003=a", "10.0.0.1:2003="),
            ("cluster old", "cluster send-through"),
            ("match * send to send-through stop;", "match * send to send-through stop"),
        ],
    ),
    (
        "prometheus.yml",
        &[
            ("modulus: 3", "modulus: 0"),
            ("modulus: 3", "modulus: three"),
            ("modulus: 3", "modulus: 3\n    modulus: 4"),
            ("[__address__]", "[__address__"),
            ("    modulus: 3\n", ""),
        ],
    ),
    (
        "haproxy.cfg",
        &[
            ("hash-type consistent", "hash-type consistant"),
            ("hash-type consistent", "hash-tpye consistent"),
            ("balance uri", "balance urn"),
            ("balance hdr(x-user)", "balance hdr(x-user"),
            ("balance hdr(x-user)", "balance \"$ALGORITHM\""),
            ("weight 10", "weight 1000"),
            ("weight 10", "weihgt 10"),
            ("id 7", "id 0"),
            ("2-4", "4-2"),
            ("2-4", "2-4000000000"),
            ("hash-balance-factor 150", "hash-balance-factor 15"),
            ("listen other", "listen images"),
            ("listen other", "listen other from nowhere"),
            ("defaults", "default"),
            ("server b 10.0.0.2:80\n", "server b 10.0.0.2:80"),
            ("server b 10.0.0.2:80\n", "server a 10.0.0.2:80\n"),
            ("server b 10.0.0.2:80\n", "server b \"10.0.0.2:80\n"),
        ],
    ),
    (
        "envoy.yaml",
        &[
            ("lb_policy: RING_HASH", "lb_policy: RING_HUSH"),
            ("minimum_ring_size: 2048", "minimum_ring_size: -1"),
            ("minimum_ring_size: 2048", "minimum_ring_size: {}"),
            ("minimum_ring_size: 2048", "minimum_ring_sizes: 2048"),
            ("hash_function: XX_HASH", "hash_function: XXX_HASH"),
            ("port_value: 80", "port_value: eighty"),
            ("port_value: 80", "port_value: 80000"),
            ("load_balancing_weight: 2", "load_balancing_weight: 1.5"),
            ("address: 10.0.0.1", "address: ten"),
            ("type: STATIC", "type: EDS"),
            ("static_resources:", "static_resources: {"),
            ("- name: sessions", "- name: images"),
            ("    load_assignment:", "   load_assignment:"),
            ("lb_policy: RING_HASH", "lb_policy: !custom RING_HASH"),
        ],
    ),
    (
        "mcrouter.json",
        &[
            ("\"PoolRoute|A\"", "\"PoolRoute|Z\""),
            ("\"PoolRoute|A\"", "\"PoolRoute|A|Crc32\""),
            ("\"10.0.0.1:11211\",", "\"10.0.0.1:11211\""),
            ("\"10.0.0.1:11211\"", "11211"),
            ("\"10.0.0.1:11211\"", "\"10.0.0.1\""),
            ("\"WeightedCh3\"", "\"HeavyCh3\""),
            ("0.5", "5"),
            ("\"hash_func\"", "\"salt\": {}, \"hash_func\""),
            ("\"pools\"", "\"polls\""),
            ("// the pools", "/* the pools"),
            ("\"B\": {", "\"A\": {"),
        ],
    ),
    (
        "libmemcached.conf",
        &[
            ("--HASH=MD5", "--HASH=MD6"),
            ("--HASH=MD5", "--HUSH=MD5"),
            ("--HASH=MD5", "--HASH"),
            ("/?2", "/?two"),
            ("=consistent", "=constant"),
            ("--SERVER=10.0.0.2", "--SERVER=[::1]:5"),
        ],
    ),
    (
        "pools.toml",
        &[
            ("\"twemproxy\"", "\"tweproxy\""),
            ("\"twemproxy\"", "\"twemproxy:hash=md6\""),
            ("\"twemproxy\"", "twemproxy"),
            ("\"10.0.0.2:11211=2\"]", "\"10.0.0.2:11211=2\""),
            ("capacity = 2", "capacity = \"2\""),
            ("capacity = 2", "capacity = 2.5"),
            ("capacity = 2", "capacity = -2"),
            ("capacity = 2", "capcity = 2"),
            ("port = 80", "port = 80808"),
            ("name = \"first\"", "name = \"first\"\nname = \"last\""),
        ],
    ),
    (
        "servers.txt",
        &[
            ("scheme nginx", "scheme nginz"),
            ("scheme nginx", ""),
            ("10.0.0.2:80 2", "10.0.0.2:80 two"),
            ("10.0.0.2:80 2", "10.0.0.2:80 2 2"),
            ("10.0.0.3:80=3", "10.0.0.3:80=3.5"),
            ("10.0.0.3:80=3", "10.0.0.1:80"),
        ],
    ),
];

fn good(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good").join(name);
    fs::read_to_string(path).unwrap()
}

fn made_from_good_files() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, breaks) in BREAKS {
        let text = good(file);
        for (number, (from, to)) in breaks.iter().enumerate() {
            assert!(text.contains(from), "{file} has no {from}");
            let broken = text.replacen(from, to, 1);
            cases.push(case(format!("{file} {number}: {from} -> {to}"), file, broken));
        }
        // Bytes that are no text, somewhere: a fixed sequence decides where.
        let mut state = 0x9e37_79b9_u32;
        for byte in [0x00, 0x80, 0xff] {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut bytes = text.clone().into_bytes();
            let at = state as usize % bytes.len();
            bytes[at] = byte;
            cases.push(case(format!("{file}: byte {byte:02x} at {at}"), file, bytes));
        }
    }
    // Truncated where nothing is closed yet: everywhere in JSON, inside of the
    // outer block in nginx.
    for (file, outer) in [("mcrouter.json", 2), ("envoy.json", 2), ("nginx.conf", 80)] {
        let text = good(file);
        for part in 1..6 {
            let at = outer + (text.trim_end().len() - 1 - outer) * part / 6;
            cases.push(case(format!("{file} cut at {at}"), file, &text.as_bytes()[..at]));
        }
    }
    cases
}

fn filled(start: &str, piece: &str, bytes: usize) -> String {
    let mut text = start.to_owned();
    while text.len() + piece.len() <= bytes {
        text.push_str(piece);
    }
    text
}

fn bomb(levels: usize) -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..levels {
        let alias = format!("*a{}, ", level - 1).repeat(9);
        text.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
    }
    text
}

fn made_by_hand() -> Vec<Case> {
    const FULL: usize = (16 << 20) - 64;
    let numbered = |start: &str, one: &dyn Fn(usize) -> String| {
        let mut text = start.to_owned();
        for number in 0.. {
            if text.len() + 80 > FULL {
                break;
            }
            text.push_str(&one(number));
        }
        text
    };
    let mut cases = vec![
        case("YAML bomb", "nutcracker.yml", bomb(12)),
        case("YAML bomb in keys", "nutcracker.yml", bomb(4) + "? *a3\n: x\n"),
        case("an alias of itself", "nutcracker.yml", "a: &a [*a]\n"),
        case("deep YAML", "x.yml", "[".repeat(1 << 20)),
        case("deep YAML blocks", "x.yml", "- ".repeat(1 << 16)),
        case("deep YAML maps", "x.yml", "? ".repeat(1 << 16)),
        case("deep JSON", "x.json", "[".repeat(1 << 20)),
        case("deep JSON maps", "x.json", "{\"a\":".repeat(1 << 20)),
        case("deep TOML", "x.toml", format!("a = {}", "[".repeat(1 << 20))),
        case("deep TOML keys", "x.toml", format!("{} = 1", "a.".repeat(1 << 20))),
        // As many as are let through: the library's own limit refuses these.
        case("long TOML keys", "x.toml", format!("{}a = 1", "a.".repeat(749_999))),
        case("deep nginx", "x.conf", "server {".repeat(1 << 20)),
        case("deep http", "x.conf", "http {".repeat(1 << 20)),
        case("wide JSON", "x.json", filled("[1", ",1", FULL)),
        case("wide YAML", "x.yml", filled("[1", ",1", FULL)),
        case("wide YAML lines", "x.yml", filled("", "- 1\n", FULL)),
        case("wide TOML", "x.toml", filled("a = [1", ",1", FULL)),
        case("wide TOML tables", "x.toml", filled("", "[[a]]\n", FULL)),
        case("wide JSON names", "x.json", numbered("{\"a\":1", &|n| format!(",\"{n}\":1"))),
        case("wide YAML names", "x.yml", numbered("", &|n| format!("n{n}: 1\n"))),
        case("one long word", "x.conf", filled("upstream ", "a", FULL)),
        case("one long quote", "x.conf", filled("upstream \"", "a", FULL)),
        case("one long line", "x.cfg", filled("backend ", "a", FULL)),
        case("many words", "x.conf", filled("upstream", " a", FULL)),
        case("many words in HAProxy", "x.cfg", filled("backend", " a", FULL) + "\n"),
        case("a long YAML text", "x.yml", filled("\"", "a", FULL)),
        case("a long JSON text", "x.json", filled("{\"", "a", FULL)),
        case("unknown directives", "x.conf", filled("upstream u { hash $a;\n", "x;\n", FULL) + "}"),
        case("unknown keywords", "x.cfg", filled("backend b\n balance uri\n", "x\n", FULL)),
        case(
            "one server too often",
            "x.conf",
            filled("upstream u { hash $a;", "server a;\n", FULL) + "}",
        ),
        case(
            "too many servers",
            "x.conf",
            numbered("upstream u { hash $a;", &|n| format!("server {n};")) + "}",
        ),
        case("too many lines", "x.txt", numbered("scheme nginx\n", &|n| format!("{n:x}:1\n"))),
        case(
            "too many sections",
            "x.cfg",
            numbered("", &|n| format!("backend {n}\n balance x\n x\n")),
        ),
        case(
            "too many upstreams",
            "x.conf",
            numbered("", &|n| format!("upstream u{n} {{ x; }}\n")),
        ),
        case(
            "too many templates",
            "x.cfg",
            filled("backend b\n balance uri\n", " server-template a 900000 h:1\n", 1 << 16),
        ),
        case("50 MB", "nutcracker.yml", filled("", "a: 1\n", 50_000_000)),
        case("50 MB of nothing", "x.json", vec![b' '; 50_000_000]),
        case("only blanks", "x.json", vec![b' '; FULL]),
        case("only comments", "x.cfg", filled("", "# x\n", FULL)),
        case("zeros", "x.conf", vec![0; 4096]),
        case("an ELF head", "haproxy.cfg", b"\x7fELF\x02\x01\x01\0\0\0".to_vec()),
        case("gzip", "x.yml", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec()),
        case(
            "UTF-16",
            "x.toml",
            "scheme".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        ),
        case("empty", "x.yml", ""),
        case("an include of itself", "loop.conf", "events {}\ninclude loop.conf;\n"),
        case("an include of all", "glob.conf", "events {}\ninclude *.conf;\n"),
        case("an include of a folder", "folder.conf", "include /;\n"),
        case("an include of a device", "device.conf", "include /dev/zero;\n"),
        case("two documents", "x.yml", "a:\n  servers: []\n---\nb:\n  servers: []\n"),
        case("HTML", "x.json", "<html><body>502 Bad Gateway</body></html>"),
        case("a half comment", "x.json", "{ /* "),
    ];
    for (format, text) in [
        (Format::Haproxy, good("nginx.conf")),
        (Format::Nginx, good("haproxy.cfg")),
        (Format::Toml, good("haproxy.cfg")),
        (Format::Text, good("nginx.conf")),
        (Format::Libmemcached, good("servers.txt")),
        (Format::Twemproxy, good("envoy.yaml")),
        (Format::Envoy, good("twemproxy.yml")),
        (Format::Mcrouter, good("envoy.json")),
        (Format::EndpointSlice, good("mcrouter.json")),
    ] {
        let name = format!("another program's file as {format}");
        let wrong = case(name, "x", text);
        cases.push(Case { format: Some(format), ..wrong });
    }
    cases
}

/// The file that a child is to read, and its format where it is given one.
const FILE: &str = "CONTINUUM_TEST_FILE";
const FORMAT: &str = "CONTINUUM_TEST_FORMAT";

/// The child's work: reads one file and says how that went: [`Reading`].
#[test]
#[ignore = "the children of the other tests run it, one file each"]
fn one_file() {
    let file = PathBuf::from(env::var_os(FILE).expect("the parent names a file"));
    let format = env::var(FORMAT).ok().map(|format| format.parse::<Format>().unwrap());
    let options = format.into_iter().fold(Options::new(), Options::with_format);
    let start = Instant::now();
    let read = Config::read(&file, &options).and_then(|config| config.into_pools().map(drop));
    let time = worked(start);
    let place = read.as_ref().err().map(|error| {
        let place = error.complaints()[0].place();
        place.file() == file.display().to_string() && place.line() > 0
    });
    tell(&format!("{} {place:?} {}", time.as_nanos(), most_memory()));
}

const MARK: &str = "measured: ";

/// Gives the parent a line.
fn tell(line: &str) {
    // Not by `println!`, which tests capture: the parent reads the pipe itself.
    std::io::stdout().write_all(format!("{MARK}{line}\n").as_bytes()).unwrap();
}

/// What a child found.
struct Reading {
    time: Duration,
    /// Whether the refusal names the file and a line; `None` if it was read.
    place: Option<bool>,
    /// The most memory the child has had, in KiB.
    memory: u64,
}

/// Runs a test of this file in a process of its own and gives what it printed.
fn child(test: &str, set: &[(&str, &str)]) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args([test, "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env_remove(FILE).env_remove(FORMAT).envs(set.iter().copied());
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{set:?}: {text}{talk}");
    text
}

fn read(path: &Path, format: Option<Format>) -> Reading {
    let (path, format) = (path.to_str().unwrap(), format.map(|format| format.to_string()));
    let mut set = vec![(FILE, path)];
    set.extend(format.as_deref().map(|format| (FORMAT, format)));
    let text = child("one_file", &set);
    let (_, told) = text.split_once(MARK).expect("the child says how it went");
    let told: Vec<&str> = told.lines().next().unwrap().split(' ').collect();
    Reading {
        time: Duration::from_nanos(told[0].parse().unwrap()),
        place: (told[1] != "None").then_some(told[1] == "Some(true)"),
        memory: told[2].parse().unwrap(),
    }
}

/// How long this thread has worked, whatever else the machine does meanwhile:
/// Linux alone tells, elsewhere it is the clock.
fn worked(since: Instant) -> Duration {
    match fs::read_to_string("/proc/thread-self/schedstat") {
        Ok(text) => Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap()),
        Err(_) => since.elapsed(),
    }
}

/// FNV-1a: enough to see that no case is listed twice without holding them all.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The most memory this process has had, in KiB. Linux alone tells.
fn most_memory() -> u64 {
    if !cfg!(target_os = "linux") {
        return 0;
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The child's work: holds 64 MiB.
#[test]
#[ignore = "a child of memory_is_measured runs it"]
fn sixty_four_mebibytes() {
    let before = most_memory();
    drop(std::hint::black_box(vec![1_u8; 64 << 20]));
    tell(&format!("{before} {}", most_memory()));
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_measured() {
    let text = child("sixty_four_mebibytes", &[]);
    let told = text.split_once(MARK).unwrap().1.lines().next().unwrap();
    let told: Vec<u64> = told.split(' ').map(|kib| kib.parse().unwrap()).collect();
    assert!((1..20 << 10).contains(&told[0]), "{} KiB before anything is done", told[0]);
    assert!(told[1] >= told[0] + (60 << 10), "{} and 64 MiB are {}", told[0], told[1]);
}

#[test]
fn broken_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut cases: Vec<(String, PathBuf, Option<Format>)> = Vec::new();
    let mut distinct = BTreeSet::new();
    for (number, case) in made_from_good_files().into_iter().chain(made_by_hand()).enumerate() {
        // Files that include each other by name stand in a folder of their own.
        let inside = folder.path().join(number.to_string());
        fs::create_dir(&inside).unwrap();
        let path = inside.join(&case.file);
        fs::write(&path, &case.bytes).unwrap();
        let format = case.format.map(|format| format.to_string());
        let new = distinct.insert((case.file, digest(&case.bytes), format));
        assert!(new, "{} is a case already", case.name);
        cases.push((case.name, path, case.format));
    }
    for (file, _) in BREAKS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good").join(file);
        assert_eq!(read(&path, None).place, None, "{file} is good");
    }
    let mut faults = Vec::new();
    for (name, path, format) in &cases {
        let Reading { time, place, memory } = read(path, *format);
        match place {
            None => faults.push(format!("{name}: not refused")),
            Some(false) => faults.push(format!("{name}: no file and line")),
            Some(true) => {}
        }
        if time > MOST_TIME || memory > MOST_KIB {
            faults.push(format!("{name}: {time:?}, {memory} KiB"));
        }
    }
    assert!(cases.len() >= 180, "{} cases", cases.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
