//! Values with their lines: what YAML and JSON and TOML files are read into.

pub(crate) mod json;
pub(crate) mod toml;
pub(crate) mod yaml;

use crate::fault::Fault;
use crate::quote::quoted;

/// A value and the line on which it begins.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    line: u32,
    value: Value,
}

/// What a value is. A plain YAML scalar is `Plain`: its text says nothing about
/// its type, so that the reader decides.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Text(Box<str>),
    Number(Box<str>),
    Bool(bool),
    Plain(Box<str>),
    List(Vec<Tree>),
    Map(Vec<(Key, Tree)>),
}

/// A key of a map.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: Box<str>,
    pub(crate) line: u32,
}

impl Tree {
    pub(crate) fn new(line: u32, value: Value) -> Self {
        Self { line, value }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// Refuses a key that a map in here has twice. Parsers keep both: what a file
    /// holds beside what is read may be anything.
    pub(crate) fn check_keys(&self) -> Result<(), Fault> {
        match &self.value {
            Value::List(list) => list.iter().try_for_each(Self::check_keys),
            Value::Map(map) => {
                check_map(map)?;
                map.iter().try_for_each(|(_, tree)| tree.check_keys())
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn line(&self) -> u32 {
        self.line
    }

    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&[(Key, Self)]> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The value under a name, if this is a map that has it and it is not null.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let (_, tree) = self.as_map()?.iter().find(|(key, _)| &*key.text == name)?;
        (!tree.is_null()).then_some(tree)
    }

    /// The whole value in one line, names in their order: the same for two that hold the
    /// same, however they are written.
    pub(crate) fn compact(&self) -> String {
        match &self.value {
            Value::Null => "null".to_owned(),
            Value::Text(text) | Value::Plain(text) | Value::Number(text) => text.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::List(list) => {
                let items: Vec<String> = list.iter().map(Self::compact).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Map(map) => {
                let mut items: Vec<String> = map
                    .iter()
                    .map(|(key, tree)| format!("{}: {}", key.text, tree.compact()))
                    .collect();
                items.sort();
                format!("{{{}}}", items.join(", "))
            }
        }
    }

    /// The text of a string or an unquoted scalar.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Plain(text) => Some(text),
            _ => None,
        }
    }

    /// The text of an unquoted YAML scalar.
    pub(crate) fn as_plain(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value this is, for sentences.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Text(_) | Value::Plain(_) => "a text",
            Value::Number(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// A complaint about what this is.
    pub(crate) fn wrong(&self, name: &str, wanted: &str) -> Fault {
        Fault::new(self.line, format!("{name} must be {wanted}, and is {}", self.shown()))
    }

    /// The scalar's text or the kind, for sentences.
    fn shown(&self) -> String {
        match &self.value {
            Value::Text(text) => format!("the text {}", quoted(text)),
            Value::Plain(text) | Value::Number(text) => quoted(text),
            Value::Bool(value) => value.to_string(),
            _ => self.kind().to_owned(),
        }
    }

    pub(crate) fn list(&self, name: &str) -> Result<&[Self], Fault> {
        self.as_list().ok_or_else(|| self.wrong(name, "a list"))
    }

    pub(crate) fn map(&self, name: &str) -> Result<&[(Key, Self)], Fault> {
        self.as_map().ok_or_else(|| self.wrong(name, "a map"))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, Fault> {
        self.as_text().ok_or_else(|| self.wrong(name, "a text"))
    }

    /// A scalar of any type, as it was written.
    pub(crate) fn scalar(&self, name: &str) -> Result<&str, Fault> {
        match &self.value {
            Value::Text(text) | Value::Plain(text) | Value::Number(text) => Ok(text),
            Value::Bool(true) => Ok("true"),
            Value::Bool(false) => Ok("false"),
            _ => Err(self.wrong(name, "a text")),
        }
    }

    pub(crate) fn switch(&self, name: &str) -> Result<bool, Fault> {
        match &self.value {
            Value::Bool(value) => Ok(*value),
            Value::Plain(text) if &**text == "true" => Ok(true),
            Value::Plain(text) if &**text == "false" => Ok(false),
            _ => Err(self.wrong(name, "true or false")),
        }
    }

    /// A whole number; `quoted_too` takes it as a text as well, as protobuf does.
    pub(crate) fn whole(&self, name: &str, quoted_too: bool) -> Result<u64, Fault> {
        let digits = match &self.value {
            Value::Number(text) | Value::Plain(text) => Some(text),
            Value::Text(text) if quoted_too => Some(text),
            _ => None,
        };
        digits
            .and_then(|text| crate::address::whole(text))
            .ok_or_else(|| self.wrong(name, "a whole number"))
    }

    pub(crate) fn number(&self, name: &str) -> Result<f64, Fault> {
        let text = match &self.value {
            Value::Number(text) | Value::Plain(text) => Some(text),
            _ => None,
        };
        text.and_then(|text| text.parse::<f64>().ok())
            .filter(|number| number.is_finite())
            .ok_or_else(|| self.wrong(name, "a number"))
    }

    /// Refuses a map with a key that is not among `known`.
    pub(crate) fn only(&self, what: &str, known: &[&str]) -> Result<(), Fault> {
        match self.map(what)?.iter().find(|(key, _)| !known.contains(&&*key.text)) {
            Some((key, _)) => {
                Err(Fault::new(key.line, format!("{what}: unknown setting {}", quoted(&key.text))))
            }
            None => Ok(()),
        }
    }
}

/// Refuses a key that a map has twice.
fn check_map(map: &[(Key, Tree)]) -> Result<(), Fault> {
    let mut keys: Vec<&Key> = map.iter().map(|(key, _)| key).collect();
    keys.sort_by(|a, b| a.text.cmp(&b.text).then(a.line.cmp(&b.line)));
    match keys.windows(2).find(|pair| pair[0].text == pair[1].text) {
        Some(pair) => Err(Fault::new(
            pair[1].line,
            format!("duplicate key {}, first on line {}", quoted(&pair[1].text), pair[0].line),
        )),
        None => Ok(()),
    }
}

/// A line as 32 bits; no file that is read has more.
pub(crate) fn line32(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}
