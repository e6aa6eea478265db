//! Answers: a record for each key.

use continuum::{Server, Servers};
use csv_core::Writer;

use super::sink::{GATHERED, Sink};
use super::{Answered, json};
use crate::failure::Failure;

/// Bytes of an ending that are copied at once, whatever its length: a copy of
/// fixed size is two moves and no call.
const PADDED: usize = 32;

/// Writes the key and what follows it, for each key.
pub(crate) struct Answers<'a, 'o, K> {
    out: &'a mut Sink<'o>,
    form: K,
    /// What follows a key, by owner; the last one stands for nobody.
    endings: Vec<Ending>,
    gathered: Vec<u8>,
}

/// How a key is written.
pub(crate) trait KeyForm {
    /// Before the first key.
    const HEAD: &[u8] = b"";

    fn append(&mut self, record: &mut Vec<u8>, key: &[u8]) -> Result<(), Failure>;
}

struct Ending {
    padded: [u8; PADDED],
    whole: Vec<u8>,
}

impl Ending {
    fn new(whole: Vec<u8>) -> Self {
        let mut padded = [0; PADDED];
        let length = whole.len().min(PADDED);
        padded[..length].copy_from_slice(&whole[..length]);
        Self { padded, whole }
    }

    #[inline]
    fn append(&self, record: &mut Vec<u8>) {
        if self.whole.len() <= PADDED {
            let end = record.len() + self.whole.len();
            record.extend_from_slice(&self.padded);
            record.truncate(end);
        } else {
            record.extend_from_slice(&self.whole);
        }
    }
}

/// The key's bytes as they are.
pub(crate) struct Plain {
    separator: u8,
    /// Keys may hold the separator.
    check: bool,
}

impl KeyForm for Plain {
    #[inline]
    fn append(&mut self, record: &mut Vec<u8>, key: &[u8]) -> Result<(), Failure> {
        if self.check && memchr::memchr(self.separator, key).is_some() {
            let (what, others) = match self.separator {
                0 => ("NUL", "csv or ndjson"),
                _ => ("line break", "csv, ndjson or null-separated"),
            };
            let start = &key[..key.len().min(60)];
            return Err(Failure::refused(format!(
                "key '{}' holds a {what}, which would break its line apart: use --output-format {others}",
                start.escape_ascii()
            )));
        }
        record.extend_from_slice(key);
        Ok(())
    }
}

/// JSON text, or hexadecimal.
pub(crate) struct Json;

impl KeyForm for Json {
    fn append(&mut self, record: &mut Vec<u8>, key: &[u8]) -> Result<(), Failure> {
        json::begin(record, key);
        Ok(())
    }
}

/// A field and the comma behind it.
pub(crate) struct Csv(Writer);

impl KeyForm for Csv {
    const HEAD: &[u8] = b"key,server\n";

    fn append(&mut self, record: &mut Vec<u8>, key: &[u8]) -> Result<(), Failure> {
        append_field(&mut self.0, record, key, true);
        Ok(())
    }
}

/// Appends a field with its quotes, if it needs them, and a comma if one follows.
pub(super) fn append_field(writer: &mut Writer, record: &mut Vec<u8>, field: &[u8], comma: bool) {
    let mut end = record.len();
    // The most that quotes, the comma or the line's end can add.
    record.resize(end + 2 * field.len() + 4, 0);
    end += writer.field(field, &mut record[end..]).2;
    end += match comma {
        true => writer.delimiter(&mut record[end..]).1,
        false => writer.terminator(&mut record[end..]).1,
    };
    record.truncate(end);
}

impl<'a, 'o> Answers<'a, 'o, Plain> {
    /// Key, tab, server. Refuses servers whose names would break a record apart,
    /// and keys likewise if they may hold the separator.
    pub(crate) fn text(
        out: &'a mut Sink<'o>,
        servers: &Servers,
        separator: u8,
        check: bool,
    ) -> Result<Self, Failure> {
        let breaks = |name: &str| name.bytes().any(|byte| byte == b'\t' || byte == separator);
        if let Some(server) = servers.iter().find(|server| breaks(&server.identity())) {
            return Err(Failure::refused(format!(
                "server '{}': its name holds a tab or a line's end, which only --json can show",
                server.identity().escape_debug()
            )));
        }
        let ending = |owner: Option<(usize, &Server)>| {
            let name = owner.map(|(_, server)| server.identity()).unwrap_or_default();
            [b"\t", name.as_bytes(), &[separator]].concat()
        };
        Ok(Self::new(out, servers, Plain { separator, check }, ending))
    }
}

impl<'a, 'o> Answers<'a, 'o, Json> {
    /// An object for each key, on a line of its own.
    pub(crate) fn json(out: &'a mut Sink<'o>, servers: &Servers) -> Self {
        Self::new(out, servers, Json, json::ending)
    }
}

impl<'a, 'o> Answers<'a, 'o, Csv> {
    /// A row for each key, behind a header.
    pub(crate) fn csv(out: &'a mut Sink<'o>, servers: &Servers) -> Self {
        let ending = |owner: Option<(usize, &Server)>| {
            let name = owner.map(|(_, server)| server.identity()).unwrap_or_default();
            let (mut writer, mut row) = (Writer::new(), Vec::new());
            // Behind a key's field an empty one needs no quotes.
            append_field(&mut writer, &mut row, b"", true);
            let from = row.len();
            append_field(&mut writer, &mut row, name.as_bytes(), false);
            row.split_off(from)
        };
        Self::new(out, servers, Csv(Writer::new()), ending)
    }
}

impl<'a, 'o, K: KeyForm> Answers<'a, 'o, K> {
    fn new(
        out: &'a mut Sink<'o>,
        servers: &Servers,
        form: K,
        ending: impl Fn(Option<(usize, &Server)>) -> Vec<u8>,
    ) -> Self {
        let owners = servers.iter().enumerate().map(Some).chain([None]);
        let endings = owners.map(|owner| Ending::new(ending(owner))).collect();
        let mut gathered = Vec::with_capacity(GATHERED);
        gathered.extend_from_slice(K::HEAD);
        Self { out, form, endings, gathered }
    }
}

impl<K: KeyForm> Answered for Answers<'_, '_, K> {
    fn block(&mut self, keys: &[&[u8]], owners: &[u32]) -> Result<(), Failure> {
        let nobody = self.endings.len() - 1;
        for (key, owner) in keys.iter().zip(owners) {
            self.form.append(&mut self.gathered, key)?;
            self.endings[nobody.min(*owner as usize)].append(&mut self.gathered);
            if self.gathered.len() >= GATHERED {
                self.out.hand_over(&mut self.gathered)?;
            }
        }
        Ok(self.out.hand_over(&mut self.gathered)?)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.out.hand_over(&mut self.gathered)?)
    }
}
