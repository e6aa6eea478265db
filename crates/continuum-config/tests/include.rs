//! nginx's `include`: folders, patterns, loops. The files are made here.

use std::fs;
use std::path::{Path, PathBuf};

use continuum_config::{Config, Format, Options, load};
use tempfile::TempDir;

/// A folder that is removed at the end.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("conf.d")).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

fn complaint(path: &Path) -> String {
    Config::read(path, &Options::new()).unwrap_err().to_string()
}

#[test]
fn files_are_found_beside_the_first_one() {
    let folder = Folder::new();
    let main =
        folder.file("nginx.conf", "http {\n include conf.d/*.conf;\n include none-*.conf;\n}\n");
    folder.file(
        "conf.d/b.conf",
        "upstream b {\n hash $b consistent;\n include conf.d/servers.inc;\n}\n",
    );
    folder.file("conf.d/a.conf", "upstream a { hash $a; server a:1; }\n");
    folder.file("conf.d/.hidden.conf", "nonsense {}\n");
    folder.file("conf.d/servers.inc", "server b:1;\nserver b:2 down;\n");
    let pools = load(&main).unwrap();
    let names: Vec<&str> = pools.iter().map(|pool| pool.name()).collect();
    assert_eq!(names, ["a", "b"]);
    let note = pools[1].notes()[0].to_string();
    assert!(note.contains("conf.d/servers.inc:2: server 'b:2' is down"), "{note}");
}

#[test]
fn loops_and_gaps_are_refused() {
    let folder = Folder::new();
    let own = folder.file("own.conf", "events {}\ninclude own.conf;\n");
    assert!(complaint(&own).contains("own.conf:2: include"), "{}", complaint(&own));
    assert!(complaint(&own).ends_with("includes itself, directly or by others"));
    let first = folder.file("first.conf", "include second.conf;\n");
    folder.file("second.conf", "\n\ninclude fir*.conf;\n");
    assert!(complaint(&first).contains("second.conf:3: include"), "{}", complaint(&first));
    let inside = "upstream u {\n hash $a;\n include not-there.conf;\n server a;\n}\n";
    let inside = Config::read(folder.file("inside.conf", inside), &Options::new()).unwrap();
    let error = inside.pool("u").unwrap_err().to_string();
    assert!(error.ends_with("include 'not-there.conf': there is no such file"), "{error}");
    for number in 0..30 {
        folder.file(&format!("deep{number}.conf"), &format!("include deep{}.conf;\n", number + 1));
    }
    let deep = complaint(&folder.0.path().join("deep0.conf"));
    assert!(deep.ends_with("files nested deeper than 16"), "{deep}");
}

/// What it includes stands elsewhere: `tests/live` reads it whole.
/// A checkout lacks what the machine has: no pool that is there is hidden by it.
#[test]
fn what_is_missing_is_noted() {
    let folder = Folder::new();
    let text = "http {\n include mime.types;\n include /no/such/folder/*.conf;\n include none/*.conf;\n\
                upstream u { hash $a; server a; }\n}\n";
    let config = Config::read(folder.file("nginx.conf", text), &Options::new()).unwrap();
    assert_eq!(config.pools().len(), 1);
    let notes: Vec<String> = config.notes().iter().map(|note| note.sentence().to_owned()).collect();
    assert_eq!(
        notes,
        [
            "include 'mime.types': there is no such file: upstreams in it are not read",
            "include '/no/such/folder/*.conf': there is no such folder: upstreams in it are not read",
            "include 'none/*.conf': there is no such folder: upstreams in it are not read",
        ]
    );
    let error = config.pool("v").unwrap_err().to_string();
    assert!(
        error.contains("no pool 'v'; there are u\n") && error.contains("mime.types"),
        "{error}"
    );
}

#[test]
fn includes_are_below_the_prefix() {
    let folder = Folder::new();
    folder.file("conf.d/u.conf", "upstream u { hash $a; server a; }\n");
    let elsewhere = Folder::new();
    let main = elsewhere.file("nginx.conf", "include conf.d/*.conf;\n");
    assert!(Config::read(&main, &Options::new()).unwrap().pools().is_empty());
    let options = Options::new().with_prefix(folder.0.path());
    assert_eq!(Config::read(&main, &options).unwrap().pools()[0].name(), "u");
}

#[test]
fn the_example_of_the_package() {
    let text = include_str!("examples/nginx.conf");
    let text = text.replace("http {", "http { upstream u { hash $uri; server a; }");
    let text = text.lines().filter(|line| !line.trim_start().starts_with("include"));
    let text = text.collect::<Vec<_>>().join("\n");
    let config = Config::parse(&text, "nginx.conf", &Options::new()).unwrap();
    assert_eq!((config.format(), config.pools()[0].name()), (Format::Nginx, "u"));
}
