//! JSON, one object a line.

use std::io::{self, Write};

use continuum::Server;
use serde::Serialize;

/// Writes a value on a line of its own.
pub(super) fn write_line(out: &mut dyn Write, value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Appends the start of a key's answer: the key as text, or in hexadecimal.
pub(super) fn begin(record: &mut Vec<u8>, key: &[u8]) {
    // Writing to a Vec cannot fail.
    if let Ok(text) = std::str::from_utf8(key) {
        record.extend_from_slice(b"{\"key\":");
        let _ = serde_json::to_writer(record, text);
    } else {
        record.extend_from_slice(b"{\"key_hex\":\"");
        for byte in key {
            let _ = write!(record, "{byte:02x}");
        }
        record.push(b'"');
    }
}

/// The rest of a key's answer, by owner.
pub(super) fn ending(owner: Option<(usize, &Server)>) -> Vec<u8> {
    let (name, index) = match owner {
        Some((index, server)) => (server.identity().into(), index.into()),
        None => (serde_json::Value::Null, serde_json::Value::Null),
    };
    format!(",\"server\":{name},\"index\":{index}}}\n").into_bytes()
}
