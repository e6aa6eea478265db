//! No text makes a reader panic: noise, and good files cut and mixed.

use continuum_config::{Config, Format, Options};
use proptest::prelude::*;

use crate::whole::good;

const FILES: [(&str, Format); 10] = [
    ("twemproxy.yml", Format::Twemproxy),
    ("nginx.conf", Format::Nginx),
    ("haproxy.cfg", Format::Haproxy),
    ("envoy.yaml", Format::Envoy),
    ("envoy.json", Format::Envoy),
    ("mcrouter.json", Format::Mcrouter),
    ("libmemcached.conf", Format::Libmemcached),
    ("pools.toml", Format::Toml),
    ("servers.txt", Format::Text),
    ("slices.json", Format::EndpointSlice),
];

/// Reads a text in a format; every complaint has a line of the text.
fn read(text: &str, name: &str, format: Option<Format>) {
    let mut options = Options::new().with_scheme("python-continuum".parse().unwrap());
    if let Some(format) = format {
        options = options.with_format(format);
    }
    let result = Config::parse(text, name, &options).and_then(Config::into_pools);
    if let Err(error) = result {
        let lines = u32::try_from(text.matches('\n').count()).unwrap() + 1;
        for complaint in error.complaints() {
            let line = complaint.place().line();
            // The end of a file may be told as the line behind its last one.
            assert!((1..=lines + 1).contains(&line), "{name}: {error}");
            assert!(!complaint.sentence().is_empty());
        }
    }
}

fn file() -> impl Strategy<Value = (String, &'static str, Format)> {
    (0..FILES.len()).prop_map(|number| {
        let (name, format) = FILES[number];
        (std::fs::read_to_string(good(name)).unwrap(), name, format)
    })
}

/// A place in a text, at a character's start.
fn place(text: &str, at: usize) -> usize {
    let mut at = at % (text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise(text in "\\PC*", number in 0..FILES.len()) {
        let (name, format) = FILES[number];
        read(&text, name, Some(format));
        read(&text, name, None);
    }

    #[test]
    fn marks(text in "[a-z0-9 \\n\\t:;{}\\[\\]\"'\\\\#$,=&*/|%@.<>!?-]{0,200}", number in 0..FILES.len()) {
        let (name, format) = FILES[number];
        read(&text, name, Some(format));
        read(&text, name, None);
    }

    #[test]
    fn good_files_changed(
        (text, name, format) in file(),
        edits in prop::collection::vec((any::<usize>(), 0..30_usize, "\\PC{0,6}|[\\[\\]{}:;\"'\\\\#\\n =-]{0,6}"), 1..6),
    ) {
        let mut text = text;
        for (at, cut, put) in edits {
            let start = place(&text, at);
            let end = place(&text, (start + cut).min(text.len()));
            text.replace_range(start.min(end)..end.max(start), &put);
        }
        read(&text, name, Some(format));
        read(&text, name, None);
    }
}
