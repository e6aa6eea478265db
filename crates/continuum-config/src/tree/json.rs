//! JSON into trees, comments allowed, every value with its line.
//!
//! serde_json tells no places. It reads byte by byte, so the reader below counts
//! lines as it goes; the line before the last byte read is the line of the value
//! just begun (after a number, one byte more was read).

use std::cell::Cell;
use std::fmt;
use std::io::{self, Read};
use std::iter::Peekable;
use std::str::Chars;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Key, Tree, Value, line32};
use crate::fault::Fault;
use crate::limits;

/// The tree of a file.
pub(crate) fn parse(text: &str) -> Result<Tree, Fault> {
    let text = without_comments(text)?;
    let state = State { line: Cell::new(1), values: Cell::new(0), fault: Cell::new(None) };
    let reader = Lines { bytes: text.as_bytes(), next: 1, state: &state };
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let result = Seed { state: &state, depth: 0 }
        .deserialize(&mut deserializer)
        .and_then(|tree| deserializer.end().map(|()| tree));
    result.map_err(|error| {
        state.fault.take().unwrap_or_else(|| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Fault::new(line32(error.line().max(1)), format!("invalid JSON: {message}"))
        })
    })
}

struct State {
    line: Cell<u32>,
    values: Cell<usize>,
    /// What stopped the reading, where it was not serde_json.
    fault: Cell<Option<Fault>>,
}

/// Gives out one byte a time and keeps the line of the last one.
struct Lines<'a> {
    bytes: &'a [u8],
    next: u32,
    state: &'a State,
}

impl Read for Lines<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some((first, rest)), Some(slot)) = (self.bytes.split_first(), buffer.first_mut())
        else {
            return Ok(0);
        };
        *slot = *first;
        self.bytes = rest;
        self.state.line.set(self.next);
        self.next += u32::from(*first == b'\n');
        Ok(1)
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    state: &'a State,
    depth: usize,
}

impl Seed<'_> {
    fn refuse<E: serde::de::Error>(&self, fault: Fault) -> E {
        let error = E::custom(&fault.sentence);
        self.state.fault.set(Some(fault));
        error
    }

    fn scalar<E: serde::de::Error>(self, value: Value) -> Result<Tree, E> {
        let line = self.state.line.get();
        self.count(line)?;
        Ok(Tree::new(line, value))
    }

    fn count<E: serde::de::Error>(&self, line: u32) -> Result<(), E> {
        let values = self.state.values.get() + 1;
        self.state.values.set(values);
        if values > limits::VALUES {
            return Err(
                self.refuse(Fault::new(line, format!("more than {} values", limits::VALUES)))
            );
        }
        if self.depth >= limits::DEPTH {
            return Err(
                self.refuse(Fault::new(line, format!("nested deeper than {}", limits::DEPTH)))
            );
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Tree, E> {
        self.scalar(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Tree, E> {
        self.scalar(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Tree, E> {
        self.scalar(Value::Number(value.to_string().into()))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Tree, E> {
        self.scalar(Value::Number(value.to_string().into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Tree, E> {
        self.scalar(Value::Number(value.to_string().into()))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Tree, E> {
        self.scalar(Value::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let line = self.state.line.get();
        self.count(line)?;
        let seed = Seed { depth: self.depth + 1, ..self };
        let mut list = Vec::new();
        while let Some(tree) = access.next_element_seed(seed)? {
            list.push(tree);
        }
        Ok(Tree::new(line, Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree, A::Error> {
        let line = self.state.line.get();
        self.count(line)?;
        let seed = Seed { depth: self.depth + 1, ..self };
        let mut map = Vec::new();
        while let Some(text) = access.next_key::<Box<str>>()? {
            let key = Key { text, line: self.state.line.get() };
            map.push((key, access.next_value_seed(seed)?));
        }
        Ok(Tree::new(line, Value::Map(map)))
    }
}

/// The text with blanks in place of `//`, `#` and `/* */` comments and of commas
/// before a closing bracket, which mcrouter takes, so that lines stay.
fn without_comments(text: &str) -> Result<String, Fault> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let (mut line, mut string) = (1_u32, false);
    // The last mark, and where a comma stands if it was one.
    let (mut last, mut comma) = (' ', None);
    while let Some(c) = rest.next() {
        line += u32::from(c == '\n');
        match c {
            '"' => string = !string,
            '\\' if string => {
                plain.push(c);
                plain.extend(rest.next());
                continue;
            }
            _ if string => {}
            '#' => {
                skip_line(&mut rest);
                continue;
            }
            '/' if rest.peek() == Some(&'/') => {
                skip_line(&mut rest);
                continue;
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                let lines = skip_block(&mut rest)
                    .ok_or_else(|| Fault::new(line, "a comment without its end"))?;
                plain.extend((0..lines).map(|_| '\n'));
                line += lines;
                continue;
            }
            _ => {}
        }
        if !c.is_whitespace() {
            if let (Some(at), ']' | '}', false) = (comma, c, string) {
                plain.replace_range(at..=at, " ");
            }
            let trails = c == ',' && !string && !matches!(last, '[' | '{' | ',' | ':');
            (last, comma) = (c, trails.then_some(plain.len()));
        }
        plain.push(c);
    }
    Ok(plain)
}

fn skip_line(rest: &mut Peekable<Chars<'_>>) {
    while rest.peek().is_some_and(|c| *c != '\n') {
        rest.next();
    }
}

/// Passes the end of a comment; how many lines it went over.
fn skip_block(rest: &mut Peekable<Chars<'_>>) -> Option<u32> {
    let (mut lines, mut last) = (0, ' ');
    loop {
        let c = rest.next()?;
        if c == '/' && last == '*' {
            return Some(lines);
        }
        lines += u32::from(c == '\n');
        last = c;
    }
}
