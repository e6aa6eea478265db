//! A JSON object a line, one field of which is the key.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::batch::Batch;
use super::{KeyReader, LONGEST_ROW};
use crate::failure::Failure;
use crate::input::blocks::{Blocks, keys};

/// Reads one field of each object; other fields are skipped, not kept.
pub(crate) struct Ndjson<R> {
    name: PathBuf,
    blocks: Blocks<R>,
    path: Vec<String>,
    column: String,
    line: u64,
    taken: u64,
    batch: Batch,
}

impl<R: Read> Ndjson<R> {
    pub(crate) fn new(name: PathBuf, reader: R, column: &str) -> Self {
        Self {
            name,
            blocks: Blocks::new(reader, b'\n', "line", LONGEST_ROW),
            path: path(column),
            column: column.to_owned(),
            line: 0,
            taken: 0,
            batch: Batch::default(),
        }
    }
}

/// `a.b` is b within a; a dot that belongs to a name stands behind a backslash.
fn path(column: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut letters = column.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = names.len() - 1;
        match letter {
            '.' => names.push(String::new()),
            '\\' => names[last].push(letters.next_if(|next| "\\.".contains(*next)).unwrap_or('\\')),
            other => names[last].push(other),
        }
    }
    names
}

impl<R: Read> KeyReader for Ndjson<R> {
    fn next(&mut self) -> Result<Option<Vec<&[u8]>>, Failure> {
        self.batch.clear();
        // A block may hold blank lines alone.
        while self.batch.is_empty() {
            let block = self.blocks.next().map_err(|e| Failure::unreadable(&self.name, &e))?;
            let Some(block) = block else { break };
            self.taken += block.len() as u64;
            for line in keys(block, b'\n') {
                self.line += 1;
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let found = find(line, &self.path)
                    .map_err(|why| refuse(&self.name, self.line, &format!("no JSON: {why}")))?;
                match found {
                    Found::Text(key) => self.batch.push(key.as_bytes()),
                    Found::Whole(key) => self.batch.push(key.as_bytes()),
                    Found::Other(what) => {
                        let column = self.column.escape_debug();
                        let why = format!("field '{column}' {what}");
                        return Err(refuse(&self.name, self.line, &why));
                    }
                }
            }
        }
        Ok(self.batch.keys())
    }

    fn taken(&self) -> u64 {
        self.taken
    }
}

fn refuse(name: &Path, line: u64, why: &str) -> Failure {
    Failure::refused(format!("{}:{line}: {why}", name.display()))
}

/// What stands where the key should.
#[derive(Debug, PartialEq)]
enum Found<'de> {
    Text(Cow<'de, str>),
    Whole(String),
    Other(&'static str),
}

fn find<'de>(line: &'de [u8], path: &[String]) -> Result<Found<'de>, String> {
    let mut json = serde_json::Deserializer::from_slice(line);
    let found = Field(path).deserialize(&mut json).and_then(|found| json.end().map(|()| found));
    found.map_err(|error| {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        format!("{} at byte {}", text.strip_suffix(&place).unwrap_or(&text), error.column())
    })
}

/// Follows the path. Of two fields of one name the last counts, as it does for
/// most readers of JSON.
struct Field<'p>(&'p [String]);

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = Found<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Found<'de>, D::Error> {
        json.deserialize_any(self)
    }
}

impl Field<'_> {
    fn other<'de, E>(&self, what: &'static str) -> Result<Found<'de>, E> {
        Ok(Found::Other(if self.0.is_empty() { what } else { "is missing" }))
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Found<'de>;

    fn expecting(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str("JSON")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Found<'de>, E> {
        if self.0.is_empty() { Ok(Found::Text(text.into())) } else { self.other("") }
    }

    fn visit_str<E>(self, text: &str) -> Result<Found<'de>, E> {
        if self.0.is_empty() { Ok(Found::Text(text.to_owned().into())) } else { self.other("") }
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Found<'de>, E> {
        if self.0.is_empty() { Ok(Found::Whole(whole.to_string())) } else { self.other("") }
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Found<'de>, E> {
        if self.0.is_empty() { Ok(Found::Whole(whole.to_string())) } else { self.other("") }
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found<'de>, E> {
        self.other("is a number, but no whole one of 64 bits: keys are texts or whole numbers")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found<'de>, E> {
        self.other("is true or false: keys are texts or whole numbers")
    }

    fn visit_unit<E>(self) -> Result<Found<'de>, E> {
        self.other("is null: keys are texts or whole numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        self.other("is a list: keys are texts or whole numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Found<'de>, A::Error> {
        let Some((name, rest)) = self.0.split_first() else {
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return self.other("is an object: keys are texts or whole numbers");
        };
        let mut found = Found::Other("is missing");
        while let Some(matches) = fields.next_key_seed(Named(name))? {
            if matches {
                found = fields.next_value_seed(Field(rest))?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Whether a field has this name; spares a copy of names that have escapes.
struct Named<'p>(&'p str);

impl<'de> DeserializeSeed<'de> for Named<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Named<'_> {
    type Value = bool;

    fn expecting(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, find, path};

    #[test]
    fn paths() {
        for (column, names) in [
            ("key", &["key"][..]),
            ("a.b", &["a", "b"]),
            (r"a\.b.c", &["a.b", "c"]),
            (r"a\\.b\c\", &["a\\", "b\\c\\"]),
            ("", &[""]),
        ] {
            assert_eq!(path(column), names, "{column}");
        }
    }

    #[test]
    fn finds_the_field_and_says_what_is_there_instead() {
        for (line, column, shown) in [
            (r#"{"a":1,"key":"x"}"#, "key", r#"Ok(Text("x"))"#),
            (r#"{"a":{"b":"\u00e9\n"}}"#, "a.b", r#"Ok(Text("é\n"))"#),
            (r#"{"key":"x","key":"y"}"#, "key", r#"Ok(Text("y"))"#),
            (r#"{"k\u0065y":18446744073709551615}"#, "key", r#"Ok(Whole("18446744073709551615"))"#),
            (r#"{"key":-7}"#, "key", r#"Ok(Whole("-7"))"#),
            (r#"{"key":"x"} {}"#, "key", r#"Err("trailing characters at byte 13")"#),
            (r#"{"key":"\ud800"}"#, "key", r#"Err("unexpected end of hex escape at byte 15")"#),
        ] {
            let found = find(line.as_bytes(), &path(column));
            assert_eq!(format!("{found:?}"), shown, "{line}");
        }
        for (line, column, what) in [
            (r#"{"a":{"key":"x"}}"#, "key", "is missing"),
            (r#"{"a":[{"b":1}]}"#, "a.b", "is missing"),
            (r#""x""#, "key", "is missing"),
            ("[]", "key", "is missing"),
            (r#"{"key":null}"#, "key", "is null"),
            (r#"{"key":true}"#, "key", "is true or false"),
            (r#"{"key":["x"]}"#, "key", "is a list"),
            (r#"{"key":{"x":"y"}}"#, "key", "is an object"),
            (r#"{"key":1.5}"#, "key", "is a number, but"),
            (r#"{"key":18446744073709551616}"#, "key", "is a number, but"),
        ] {
            match find(line.as_bytes(), &path(column)) {
                Ok(Found::Other(said)) => assert!(said.starts_with(what), "{line}: {said}"),
                other => panic!("{line}: {other:?}"),
            }
        }
        assert!(find(b"{\"key\":\"\xff\"}", &path("key")).is_err(), "no UTF-8");
    }

    /// Whatever is cut off or bent, it is refused or answered.
    #[test]
    fn no_line_panics() {
        let line =
            r#"{"a":[1,{"b":null}],"k\u00e9y":{"x":"y\ud83d\ude00","z":-1.5e300}}"#.as_bytes();
        for end in 0..line.len() {
            assert!(find(&line[..end], &path("kéy.x")).is_err());
            for byte in [b'"', b'{', b'\\', 0, 0xff] {
                let mut bent = line.to_vec();
                bent[end] = byte;
                drop(find(&bent, &path("kéy.x")));
            }
        }
    }
}
