//! A key in a report: its text, or its bytes where they are no text.

use std::fmt::{self, Display, Write as _};

use serde::Serialize;

/// In JSON `key`, or `key_hex` where the key is not UTF-8, as `resolve` has it.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum KeyRow {
    Text { key: String },
    Bytes { key_hex: String },
}

impl From<&[u8]> for KeyRow {
    fn from(key: &[u8]) -> Self {
        match std::str::from_utf8(key) {
            Ok(text) => Self::from(text.to_owned()),
            Err(_) => {
                let mut key_hex = String::with_capacity(2 * key.len());
                for byte in key {
                    // Writing to a String cannot fail.
                    let _ = write!(key_hex, "{byte:02x}");
                }
                Self::Bytes { key_hex }
            }
        }
    }
}

impl From<String> for KeyRow {
    fn from(key: String) -> Self {
        Self::Text { key }
    }
}

/// For people: bytes that are no text as `0xff00`.
impl Display for KeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { key } => f.write_str(key),
            Self::Bytes { key_hex } => write!(f, "0x{key_hex}"),
        }
    }
}
