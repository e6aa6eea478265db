//! TOML into trees.

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::{Key, Tree, Value, line32};
use crate::fault::Fault;
use crate::limits;
use crate::source::line_at;

/// The tree of a file.
pub(crate) fn parse(text: &str) -> Result<Tree, Fault> {
    // The library reads all before anything can be counted: what separates
    // values is counted first. TOML's own depth limit holds.
    at_most(text, limits::VALUES / 2, "values", |byte| matches!(byte, b',' | b'=' | b'['))?;
    at_most(text, limits::DOTS, "dots", |byte| byte == b'.')?;
    let lines = Lines::of(text);
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| lines.line(span.start));
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        Fault::new(line, format!("invalid TOML: {message}"))
    })?;
    Ok(Tree::new(1, map(table.get_ref(), &lines)))
}

fn at_most(text: &str, most: usize, what: &str, counts: fn(u8) -> bool) -> Result<(), Fault> {
    let mut marks = text.bytes().enumerate().filter(|(_, byte)| counts(*byte));
    marks.nth(most).map_or(Ok(()), |(at, _)| {
        Err(Fault::new(line_at(text.as_bytes(), at), format!("more than {most} {what}")))
    })
}

/// Where each line starts.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect())
    }

    fn line(&self, at: usize) -> u32 {
        line32(self.0.partition_point(|start| *start <= at))
    }
}

fn map(table: &DeTable<'_>, lines: &Lines) -> Value {
    let mut map: Vec<(Key, Tree)> = table
        .iter()
        .map(|(key, value)| {
            let line = lines.line(key.span().start);
            (Key { text: key.get_ref().as_ref().into(), line }, tree(value, line, lines))
        })
        .collect();
    map.sort_by_key(|(key, _)| key.line);
    Value::Map(map)
}

fn tree(value: &Spanned<DeValue<'_>>, from: u32, lines: &Lines) -> Tree {
    let line = lines.line(value.span().start).max(from);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.as_ref().into()),
        // Underscores and other bases are left for the number's reader to refuse.
        DeValue::Integer(number) => Value::Number(number.to_string().into()),
        DeValue::Float(number) => Value::Number(number.to_string().into()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(date) => Value::Text(date.to_string().into()),
        DeValue::Array(array) => {
            Value::List(array.iter().map(|value| tree(value, from, lines)).collect())
        }
        DeValue::Table(table) => map(table, lines),
    };
    Tree::new(line, value)
}
