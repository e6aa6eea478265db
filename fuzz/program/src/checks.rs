//! What is checked of each reader.

use std::io::{self, Read};
use std::sync::LazyLock;

use continuum_config::{Config, KeyRule, Options};
use serde_json::Value;

use crate::args::{InputForm, LogFormat};
use crate::input::{self, Pattern};

/// Gives a few bytes at a time.
struct Trickle<'a> {
    bytes: &'a [u8],
    most: usize,
}

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.most);
        self.bytes.read(&mut buffer[..most])
    }
}

fn trickle(bytes: &[u8], most: u8) -> Trickle<'_> {
    Trickle { bytes, most: 1 + usize::from(most) }
}

/// Form and header, how the bytes come in; then a text of rows.
pub fn csv(data: &[u8]) {
    let Some(([form, most], text)) = data.split_first_chunk() else { return };
    let tabs = form & 1 == 1;
    let form_read = if tabs { InputForm::Tsv } else { InputForm::Csv };
    let header = form & 2 == 0;
    let column = [None, Some("2"), Some("key")][usize::from(form / 4 % 3)];
    let whole = input::csv(text, form_read, column, header);
    let parts = input::csv(trickle(text, *most), form_read, column, header);
    assert_eq!(whole, parts, "keys depend on how the bytes come in");
    let Ok(keys) = whole else { return };
    // Written with every field quoted, they are read as the same.
    let writable = |key: &Vec<u8>| !tabs || !key.iter().any(|byte| b"\t\r\n".contains(byte));
    if keys.is_empty() || !keys.iter().all(writable) || (tabs && keys.iter().any(Vec::is_empty)) {
        return;
    }
    let mut again = b"size,key\n".to_vec();
    if tabs {
        again = b"size\tkey\n".to_vec();
    }
    for key in &keys {
        again.extend_from_slice(if tabs { b"1\t" } else { b"1,\"" });
        for byte in key {
            again.push(*byte);
            if !tabs && *byte == b'"' {
                again.push(b'"');
            }
        }
        again.extend_from_slice(if tabs { b"\n" } else { b"\"\n" });
    }
    assert_eq!(input::csv(&again[..], form_read, None, true), Ok(keys), "written and read");
}

/// A path on the first line, JSON on the others.
pub fn ndjson(data: &[u8]) {
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else { return };
    let Ok(path) = std::str::from_utf8(&data[..at]) else { return };
    let text = &data[at + 1..];
    let whole = input::ndjson(text, path);
    assert_eq!(whole, input::ndjson(trickle(text, 7), path), "keys depend on how bytes come in");
    if path.contains('\\') {
        return;
    }
    // Another reader of JSON, which keeps everything.
    let mut wanted = Vec::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        // It refuses what is nested deeply, which is skipped here.
        let Ok(value) = serde_json::from_slice::<Value>(line) else { return };
        let found = path.split('.').try_fold(&value, |value, name| value.as_object()?.get(name));
        match found {
            Some(Value::String(key)) => wanted.push(key.clone().into_bytes()),
            Some(Value::Number(number)) if number.is_u64() || number.is_i64() => {
                wanted.push(number.to_string().into_bytes());
            }
            _ => return assert!(whole.is_err(), "{whole:?}, and a line has no key"),
        }
    }
    assert_eq!(whole, Ok(wanted));
}

/// How the bytes come in; then keys, each a line, or up to a NUL.
pub fn lines(data: &[u8]) {
    let Some((most, text)) = data.split_first() else { return };
    let separator = if *most < 128 { b'\n' } else { 0 };
    let keys = input::lines(text, separator).unwrap();
    assert_eq!(Ok(&keys), input::lines(trickle(text, most % 128), separator).as_ref());
    let mut wanted: Vec<&[u8]> = text.split(|byte| *byte == separator).collect();
    wanted.pop_if(|last| last.is_empty());
    assert_eq!(keys, wanted);
}

static LOGS: LazyLock<[Pattern; 3]> =
    LazyLock::new(|| [LogFormat::Combined, LogFormat::Common, LogFormat::Haproxy].map(Pattern::of));

static RULES: LazyLock<Vec<KeyRule>> = LazyLock::new(|| {
    let rules = ["$request_uri", "$uri", "$remote_addr", "$arg_x$host", "$http_referer$args"];
    rules
        .iter()
        .map(|rule| {
            let text = format!("upstream u {{ hash {rule}; server a; server b; }}");
            let config = Config::parse(&text, "nginx.conf", &Options::new()).unwrap();
            config.pools()[0].key().clone()
        })
        .collect()
});

/// Format and rule, then a line.
pub fn log(data: &[u8]) {
    let Some(([format, rule], line)) = data.split_first_chunk() else { return };
    let pattern = &LOGS[usize::from(*format) % LOGS.len()];
    let rule = &RULES[usize::from(*rule) % RULES.len()];
    let (is_line, key) = pattern.key(line, rule);
    match key {
        Ok(Some(_)) => assert!(is_line, "a key of what is no line of the log"),
        Ok(None) => {}
        Err(error) => assert!(error.to_string().len() > 10, "{error}"),
    }
}
