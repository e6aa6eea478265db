//! Pipes and devices in place of files: read as files are, within bounds.

use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::time::{Duration, Instant};

use continuum_config::{Config, Format, Options};

const UPSTREAM: &str = "upstream u { hash $uri consistent; server a; server b; }\n";

fn refusal(path: &Path) -> String {
    Config::read(path, &Options::new()).unwrap_err().to_string()
}

#[test]
fn a_pipe_is_read_as_a_file_is() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let writing = std::thread::spawn(move || {
        for piece in UPSTREAM.as_bytes().chunks(7) {
            writer.write_all(piece).unwrap();
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    let config = Config::read(&path, &Options::new()).unwrap();
    writing.join().unwrap();
    assert_eq!((config.format(), config.pools()[0].name()), (Format::Nginx, "u"));
}

#[test]
fn what_never_ends_is_refused() {
    let zero = refusal(Path::new("/dev/zero"));
    assert!(zero.starts_with("/dev/zero:1: is larger than 16 MiB"), "{zero}");
    let null = refusal(Path::new("/dev/null"));
    assert!(null.starts_with("/dev/null:1: neither name nor content tells"), "{null}");
}

#[test]
fn a_pipe_that_nobody_writes_to_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    let start = Instant::now();
    let refused = refusal(&path);
    assert!(refused.ends_with("cannot be read: nobody writes to it"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn formats_are_told_by_the_text() {
    for (text, format) in [
        (UPSTREAM, Format::Nginx),
        ("user x;\nhttp {\n}\n", Format::Nginx),
        ("  global\n  defaults\n", Format::Haproxy),
        ("a:\n  listen: 127.0.0.1:1\n  servers:\n  - 10.0.0.1:1:1\n", Format::Twemproxy),
        ("static_resources: {clusters: []}\n", Format::Envoy),
        ("- name: a\n  lbPolicy: MAGLEV\n", Format::Envoy),
        ("apiVersion: v1\nkind: Endpoints\nmetadata: {name: a}\n", Format::EndpointSlice),
        ("{\"pools\": {}, \"route\": \"PoolRoute|A\"}", Format::Mcrouter),
        ("--SERVER=a:1 --SERVER=b:1\n", Format::Libmemcached),
        ("scheme = \"nginx\"\nservers = [\"a:1\"]\n", Format::Toml),
        ("# mine\na:1\nb:1=2\n", Format::Text),
    ] {
        let config = Config::parse(text, "stdin", &Options::new());
        let config = config.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(config.format(), format, "{text}");
    }
}
