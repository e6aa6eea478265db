//! The meta commands `mg`, `ms` and `md`, and `add` and `cas`; their answers. The rule is memcached's
//! `doc/protocol.txt`; what 1.6.18 answers was tried.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::link::{Link, invalid};

/// The longest key that a command may hold, as it stands there.
const KEY: usize = 250;
/// No value is larger: memcached's `-I` takes at most this.
const VALUE: usize = 1 << 30;

/// What a key is called in a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    Plain,
    /// In base64, with the flag `b`.
    Encoded(String),
}

/// How a key is named; `None`: none of the commands can.
pub(super) fn name(key: &[u8]) -> Option<Named> {
    if key.is_empty() {
        return None;
    }
    if key.iter().all(|byte| *byte > b' ' && *byte != 0x7f) {
        return (key.len() <= KEY).then_some(Named::Plain);
    }
    let text = STANDARD.encode(key);
    (text.len() <= KEY).then_some(Named::Encoded(text))
}

/// Appends a command's name and key, and the flag that a key in base64 needs.
fn begin(command: &mut Vec<u8>, verb: &[u8], key: &[u8], length: Option<usize>) -> bool {
    let Some(named) = name(key) else { return false };
    command.extend_from_slice(verb);
    command.push(b' ');
    match &named {
        Named::Plain => command.extend_from_slice(key),
        Named::Encoded(text) => command.extend_from_slice(text.as_bytes()),
    }
    if let Some(length) = length {
        command.extend_from_slice(format!(" {length}").as_bytes());
    }
    if matches!(named, Named::Encoded(_)) {
        command.extend_from_slice(b" b");
    }
    true
}

/// Asks for a value with its seconds left, client flags and counter, without a trace in
/// the order of use. Whether the key can be named.
pub(super) fn get(command: &mut Vec<u8>, key: &[u8]) -> bool {
    let named = begin(command, b"mg", key, None);
    if named {
        command.extend_from_slice(b" v t f c u\r\n");
    }
    named
}

/// Asks for the counter alone.
pub(super) fn peek(command: &mut Vec<u8>, key: &[u8]) -> bool {
    let named = begin(command, b"mg", key, None);
    if named {
        command.extend_from_slice(b" c u\r\n");
    }
    named
}

/// What a value is stored with.
pub(super) struct Put<'a> {
    pub(super) key: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) flags: u32,
    /// As `ms` takes it: 0 for ever, up to thirty days in seconds, else a time of the server's clock.
    pub(super) expires: u64,
    /// Only over a value of this counter; else only where there is none.
    pub(super) over: Option<u64>,
}

/// Whether the commands of old can name a key.
pub(super) fn is_plain(key: &[u8]) -> bool {
    name(key) == Some(Named::Plain)
}

/// Stores a value. Where `ms` finds no room for one, memcached deletes what is there, be it
/// the newer; `add` and `cas` leave it alone, and cannot name every key.
pub(super) fn put(command: &mut Vec<u8>, put: &Put<'_>) -> bool {
    let Put { key, value, flags, expires, over } = put;
    let length = value.len();
    if is_plain(key) {
        let (verb, cas) = over.map_or(("add", String::new()), |cas| ("cas", format!(" {cas}")));
        command.extend_from_slice(format!("{verb} ").as_bytes());
        command.extend_from_slice(key);
        command.extend_from_slice(format!(" {flags} {expires} {length}{cas}\r\n").as_bytes());
    } else {
        if !begin(command, b"ms", key, Some(length)) {
            return false;
        }
        let how = over.map_or("ME".to_owned(), |cas| format!("C{cas}"));
        command.extend_from_slice(format!(" c F{flags} T{expires} {how}\r\n").as_bytes());
    }
    command.extend_from_slice(value);
    command.extend_from_slice(b"\r\n");
    true
}

/// Bytes that a value takes at least, of those of which an item may have so many.
pub(super) fn footprint(put: &Put<'_>) -> u64 {
    // The head with links and times, the counter, and two ends.
    let fixed = 48 + 8 + 1 + 2 + if put.flags == 0 { 0 } else { 4 };
    u64::try_from(fixed + put.key.len() + put.value.len()).unwrap_or(u64::MAX)
}

/// Deletes a value of this counter and no other.
pub(super) fn delete(command: &mut Vec<u8>, key: &[u8], cas: u64) -> bool {
    let named = begin(command, b"md", key, None);
    if named {
        command.extend_from_slice(format!(" C{cas}\r\n").as_bytes());
    }
    named
}

/// Makes outdated what is so already: the next client that asks is told to renew it, as
/// if we had not asked.
pub(super) fn give_back(command: &mut Vec<u8>, key: &[u8], cas: u64) -> bool {
    let named = begin(command, b"md", key, None);
    if named {
        command.extend_from_slice(format!(" I C{cas}\r\n").as_bytes());
    }
    named
}

/// An item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) value: Vec<u8>,
    /// Seconds left; none: it does not expire.
    pub(super) left: Option<u64>,
    pub(super) flags: u32,
    pub(super) cas: u64,
    /// A client has declared it outdated.
    pub(super) stale: bool,
    /// The answer told us to renew it, and it will tell nobody else.
    pub(super) won: bool,
    /// A client was told to renew it.
    pub(super) promised: bool,
}

impl Item {
    /// Whether there is no value to copy: it is outdated, or the placeholder of a client
    /// that has yet to make it.
    pub(super) fn is_void(&self) -> bool {
        self.stale || (self.promised && self.value.is_empty())
    }
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// `VA`, or `HD` with what was asked for.
    Item(Item),
    /// `EN`, `NF`: there is none.
    None,
    /// `STORED`: by a command of old, which tells no number.
    Stored,
    /// `NS`: there is one already.
    NotStored,
    /// `EX`: of another counter.
    Changed,
    /// A refusal in words.
    Refused(String),
}

/// Reads one answer.
pub(super) fn reply(link: &mut Link, line: &mut Vec<u8>) -> io::Result<Reply> {
    link.line(line)?;
    let text = std::str::from_utf8(line).map_err(|_| invalid("what is no text"))?;
    if ["ERROR", "CLIENT_ERROR", "SERVER_ERROR"].iter().any(|word| text.starts_with(word)) {
        return Ok(Reply::Refused(text.to_owned()));
    }
    let mut words = text.split_ascii_whitespace();
    match words.next() {
        Some("EN" | "NF" | "NOT_FOUND") => Ok(Reply::None),
        Some("STORED") => Ok(Reply::Stored),
        Some("NS" | "NOT_STORED") => Ok(Reply::NotStored),
        Some("EX" | "EXISTS") => Ok(Reply::Changed),
        Some("HD") => item(words).map(Reply::Item),
        Some("VA") => {
            let length = words.next().and_then(|length| length.parse::<usize>().ok());
            let length = length.filter(|length| *length <= VALUE);
            let length = length.ok_or_else(|| invalid("a value without a length"))?;
            let mut item = item(words)?;
            item.value = link.block(length)?;
            Ok(Reply::Item(item))
        }
        _ => Err(invalid(&format!("'{}'", crate::escape::escaped(&line[..line.len().min(60)])))),
    }
}

fn item<'w>(words: impl Iterator<Item = &'w str>) -> io::Result<Item> {
    let mut item = Item::default();
    for word in words {
        let wrong = || invalid(&format!("'{}'", crate::escape::escaped(word.as_bytes())));
        let mut letters = word.chars();
        let first = letters.next();
        let rest = letters.as_str();
        match first {
            Some('t') if rest == "-1" => item.left = None,
            Some('t') => item.left = Some(rest.parse().map_err(|_| wrong())?),
            Some('f') => item.flags = rest.parse().map_err(|_| wrong())?,
            Some('c') => item.cas = rest.parse().map_err(|_| wrong())?,
            Some('X') => item.stale = true,
            Some('W') => item.won = true,
            Some('Z') => item.promised = true,
            // What was not asked for may come from a later release.
            _ => {}
        }
    }
    Ok(item)
}

#[cfg(test)]
mod tests;
