//! Everything that reads a text or a file: any input is refused with a sentence,
//! or what was read is written and read again and is the same.

use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use continuum::compat::libmemcached::Behaviors;
use continuum::{Capacity, Keys, Scheme, Server, Servers};
use continuum::assignment::Assignment;
use continuum_config::{Config, Format, Options};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A reader of bytes, and the files of the tests it starts from.
pub struct Reader {
    /// Its name, for seeds.
    pub name: &'static str,
    /// Files, from the root of the project.
    pub seeds: &'static [&'static str],
    read: fn(&[u8]),
}

macro_rules! config {
    ($name:literal, $file:literal, $format:expr $(, $more:literal)*) => {
        Reader {
            name: $name,
            seeds: &[concat!("crates/continuum-config/tests/good/", $file) $(, $more)*],
            read: |data| config(data, $file, $format),
        }
    };
}

/// The first byte of an input chooses one of these: add at the end only.
pub const READERS: &[Reader] = &[
    Reader { name: "scheme", seeds: &[], read: |data| text(data, scheme) },
    Reader { name: "server", seeds: &[], read: |data| text(data, server) },
    Reader {
        name: "servers",
        seeds: &["crates/continuum-config/tests/good/servers.txt"],
        read: |data| text(data, servers),
    },
    config!(
        "twemproxy",
        "twemproxy.yml",
        Format::Twemproxy,
        "crates/continuum-config/tests/examples/nutcracker.yml"
    ),
    config!(
        "nginx",
        "nginx.conf",
        Format::Nginx,
        "crates/continuum-config/tests/examples/nginx.conf"
    ),
    config!("haproxy", "haproxy.cfg", Format::Haproxy),
    config!("envoy-yaml", "envoy.yaml", Format::Envoy),
    config!("envoy-json", "envoy.json", Format::Envoy),
    config!("mcrouter", "mcrouter.json", Format::Mcrouter),
    config!("libmemcached", "libmemcached.conf", Format::Libmemcached),
    config!("toml", "pools.toml", Format::Toml),
    config!("text", "servers.txt", Format::Text),
    config!("endpoint-slice", "slices.json", Format::EndpointSlice),
    Reader { name: "assignment-json", seeds: &[], read: assignment_json },
    Reader {
        name: "assignment-bytes",
        seeds: &["docs/commands/assign.in/cut.ctm"],
        read: assignment_bytes,
    },
    Reader { name: "assignment-mended", seeds: &[], read: assignment_mended },
    Reader {
        name: "vectors",
        seeds: &[
            "crates/continuum-cli/tests/cmd/verify.in/recorded.json",
            "crates/continuum-cli/tests/cmd/verify.in/differing.json",
        ],
        read: vectors,
    },
    Reader { name: "keys", seeds: &[], read: keys },
    Reader { name: "behaviors", seeds: &[], read: |data| text(data, behaviors) },
    Reader { name: "json", seeds: &[], read: json },
];

/// Reads an input.
pub fn run(data: &[u8]) {
    if let Some((first, data)) = data.split_first() {
        (READERS[usize::from(*first) % READERS.len()].read)(data);
    }
}

fn text(data: &[u8], read: fn(&str)) {
    if let Ok(text) = std::str::from_utf8(data) {
        read(text);
    }
}

/// A refusal is a sentence: not empty, of a length that a person reads.
fn sentence(error: &impl ToString) {
    let sentence = error.to_string();
    assert!(sentence.len() > 10, "{sentence:?}");
}

fn scheme(text: &str) {
    match text.parse::<Scheme>() {
        Ok(scheme) => {
            for text in [scheme.to_string(), format!("{scheme:#}")] {
                assert_eq!(text.parse::<Scheme>().as_ref(), Ok(&scheme), "{text:?}");
            }
            let again = scheme.entry().scheme();
            let again = scheme.options().fold(again, |scheme, (name, value)| {
                scheme.with_option(name, &value).unwrap_or_else(|error| panic!("{error}"))
            });
            assert_eq!(again, scheme);
        }
        Err(error) => sentence(&error),
    }
    if let Err(error) = text.parse::<Format>() {
        sentence(&error);
    }
    if let Ok(capacity) = text.parse::<Capacity>() {
        assert!(capacity.get() >= 0.0 && capacity.get().is_finite());
        assert_eq!(capacity.to_string().parse::<Capacity>().unwrap(), capacity);
    }
}

fn server(text: &str) {
    match text.parse::<Server>() {
        Ok(server) => {
            assert_eq!(server.to_string().parse::<Server>().unwrap(), server, "{text:?}");
            let _ = (server.identity(), server.address(), server.is_unix_socket());
            again(&server);
        }
        Err(error) => sentence(&error),
    }
}

fn servers(text: &str) {
    match Servers::from_texts(text.lines()) {
        Ok(servers) => {
            let texts: Vec<String> = servers.iter().map(Server::to_string).collect();
            assert_eq!(Servers::from_texts(texts.iter().map(String::as_str)).unwrap(), servers);
            for (number, server) in (0..).zip(&servers) {
                assert_eq!(servers.index_of(&server.identity()), Some(number));
            }
            again(&servers);
        }
        Err(error) => sentence(&error),
    }
}

fn config(data: &[u8], file: &str, format: Format) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let scheme = || "python-continuum".parse().unwrap();
    let named = Options::new().with_scheme(scheme()).with_format(format);
    read_config(text, file, &named);
    // The same text, its format to be found out.
    read_config(text, file, &Options::new().with_scheme(scheme()));
}

fn read_config(text: &str, file: &str, options: &Options) {
    // A lone carriage return ends a line of YAML.
    let lines = u32::try_from(text.matches(['\n', '\r']).count()).unwrap() + 1;
    let judged = |error: &continuum_config::Error| {
        for complaint in error.complaints() {
            // The end of a file may be told as the line behind its last one.
            assert!((1..=lines + 1).contains(&complaint.place().line()), "{error}");
            assert!(!complaint.sentence().is_empty());
        }
    };
    let config = match Config::parse(text, file, options) {
        Ok(config) => config,
        Err(error) => return judged(&error),
    };
    config.refused().for_each(|(_, error)| judged(error));
    for pool in config.pools() {
        let text = pool.scheme().to_string();
        assert_eq!(&text.parse::<Scheme>().unwrap(), pool.scheme(), "{text}");
        again(pool.servers());
        assert!((1..=lines + 1).contains(&pool.place().line()));
        for note in pool.notes() {
            assert!((1..=lines + 1).contains(&note.place().line()), "{note}");
        }
        for down in pool.down() {
            assert!(pool.servers().index_of(down).is_some(), "{down} is down and not there");
        }
        let _ = (pool.key().to_string(), pool.bounded());
    }
    for skipped in config.skipped() {
        assert!(!skipped.to_string().is_empty());
    }
    if let Err(error) = config.into_pools() {
        judged(&error);
    }
}

fn assignment_json(data: &[u8]) {
    match serde_json::from_slice::<Assignment>(data) {
        Ok(assignment) => whole(&assignment),
        Err(error) => sentence(&error),
    }
}

fn assignment_bytes(data: &[u8]) {
    match Assignment::from_bytes(data) {
        Ok(assignment) => {
            assert_eq!(assignment.to_bytes(), data, "two forms of one assignment");
            whole(&assignment);
        }
        Err(error) => sentence(&error),
    }
}

/// The binary form with its magic, length and checksum put right, so that what
/// lies behind them is met.
fn assignment_mended(data: &[u8]) {
    let mut bytes = b"\x89CTA\r\n\x1a\n\x01\0\0\0".to_vec();
    bytes.extend_from_slice(&(20 + data.len() as u64 + 8).to_le_bytes());
    bytes.extend_from_slice(data);
    bytes.extend_from_slice(&xxhash_rust::xxh64::xxh64(&bytes, 0).to_le_bytes());
    match Assignment::from_bytes(&bytes) {
        Ok(assignment) => {
            // -0 is read as 0, so that bytes may differ once, and once only.
            let again = Assignment::from_bytes(&assignment.to_bytes()).unwrap();
            assert_eq!(again, assignment);
            assert_eq!(again.to_bytes(), assignment.to_bytes());
            whole(&assignment);
        }
        Err(error) => {
            sentence(&error);
            assert!(!error.to_string().contains("checksum"), "{error}");
        }
    }
}

/// What was read serves: its owners, its JSON, a change.
pub(crate) fn whole(assignment: &Assignment) {
    let held: u64 = assignment.holdings().iter().map(|holding| u64::from(holding.slots)).sum();
    assert_eq!(held, u64::from(assignment.slots()));
    let key = assignment.resolve("key").map(Server::identity);
    assert_eq!(key, assignment.resolve_copies("key").next().map(Server::identity));
    if assignment.slots() <= 4096 {
        again(assignment);
        let mut changed = assignment.clone();
        if let Err(error) = changed.change(Some(10)).and_then(|_| changed.change(None)) {
            sentence(&error);
        }
    }
}

/// Writes as JSON and reads again.
fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(&read, value, "{json}");
}

fn json(data: &[u8]) {
    if let Ok(server) = serde_json::from_slice::<Server>(data) {
        again(&server);
    }
    if let Ok(servers) = serde_json::from_slice::<Servers>(data) {
        again(&servers);
    }
    if let Ok(scheme) = serde_json::from_slice::<Scheme>(data) {
        again(&scheme);
    }
}

fn vectors(data: &[u8]) {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        folder.join(format!("continuum-fuzz-{}.json", std::process::id()))
    });
    fs::write(file, data).unwrap();
    match continuum_vectors::read(file) {
        Ok(sets) => {
            for set in sets {
                for (_, owner) in set.owners() {
                    let _ = owner;
                }
                let _ = (set.positions().count(), set.option_text("points"));
                let _ = (set.scheme(), set.system(), set.version(), set.name(), set.servers());
            }
        }
        Err(error) => sentence(&error),
    }
}

fn keys(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let count = usize::from(*count).min(rest.len());
    let (small, bytes) = rest.split_at(count);
    // One offset in 256 is far out.
    let wide: Vec<u64> =
        small.iter().map(|at| if *at == 255 { u64::MAX } else { u64::from(*at) }).collect();
    let narrow: Vec<u32> =
        small.iter().map(|at| if *at == 255 { u32::MAX } else { u32::from(*at) }).collect();
    let (packed, packed32) = (Keys::packed(bytes, &wide), Keys::packed32(bytes, &narrow));
    assert_eq!(packed.is_ok(), packed32.is_ok());
    if let (Ok(packed), Ok(packed32)) = (packed, packed32) {
        assert_eq!(packed.len(), packed32.len());
        for index in 0..packed.len() {
            let (from, to) = (usize::from(small[index]), usize::from(small[index + 1]));
            assert_eq!(packed.get(index), &bytes[from..to]);
            assert_eq!(packed32.get(index), &bytes[from..to]);
        }
    }
    for width in [0, 1, 7, count] {
        if let Ok(fixed) = Keys::fixed(bytes, width) {
            assert_eq!(fixed.len() * width, bytes.len());
            for (index, key) in bytes.chunks(width.max(1)).enumerate() {
                assert_eq!(fixed.get(index), key);
            }
        }
    }
}

fn behaviors(text: &str) {
    let mut behaviors = Behaviors::new();
    for line in text.lines() {
        match line.split_once(' ') {
            Some((name, value)) => {
                if let Err(error) = behaviors.set(name, value) {
                    sentence(&error);
                }
            }
            None => {
                if let Ok(server) = line.parse::<Server>() {
                    behaviors.add_server(server);
                }
            }
        }
    }
    let scheme = behaviors.scheme();
    assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme);
    let pairs: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once('=')).collect();
    if let Ok(behaviors) = Behaviors::pylibmc(pairs) {
        let _ = behaviors.scheme();
    }
}

/// First texts for the readers that have no files.
pub fn texts() -> Vec<(&'static str, String)> {
    let mut all: Vec<(&str, String)> = [
        "10.0.0.1:11211",
        "10.0.0.1:11211=2.5",
        "[::1]:80",
        "/run/a.sock=3",
        "unix:/run/b.sock",
        "host",
        "a:1=1e308",
    ]
    .map(|text| ("server", text.to_owned()))
    .into();
    for entry in Scheme::catalogue() {
        all.push(("scheme", format!("{:#}", entry.scheme())));
        for option in entry.options() {
            for value in option.tried() {
                all.push(("scheme", format!("{}:{}={value}", entry.name(), option.name())));
            }
        }
    }
    let lines = "distribution consistent_ketama\nketama_weighted 1\nhash md5\n10.0.0.1:1=2\n";
    all.push(("behaviors", lines.to_owned()));
    all.push(("behaviors", "ketama=1\nhash=murmur\nremove_failed=2\n".to_owned()));
    all.push(("json", r#"[{"host":"a","port":1,"capacity":2,"zone":"z","id":7}]"#.to_owned()));
    all.push(("json", r#""ketama:points=40""#.to_owned()));
    all.push(("json", r#""a:1=2""#.to_owned()));
    all
}
