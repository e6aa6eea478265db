//! YAML into trees, aliases written out within a budget.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::{Key, Tree, Value, line32};
use crate::fault::Fault;
use crate::limits;
use crate::quote::quoted;

/// A collection that is not closed yet.
enum Open {
    List(u32, usize, Vec<Tree>),
    Map(u32, usize, Vec<(Key, Tree)>, Option<Key>),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Tree, usize)>,
    documents: Vec<Tree>,
    values: usize,
}

/// The documents of a file.
pub(crate) fn parse(text: &str) -> Result<Vec<Tree>, Fault> {
    if let Some((number, _)) =
        text.lines().enumerate().find(|(_, line)| line.len() > limits::YAML_LINE)
    {
        let sentence = format!("a line of more than {} bytes", limits::YAML_LINE);
        return Err(Fault::new(line32(number + 1), sentence));
    }
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            Fault::new(line32(error.marker().line().max(1)), scan(error.info()))
        })?;
        builder.event(event, line32(span.start.line().max(1)))?;
    }
    Ok(builder.documents)
}

fn scan(info: &str) -> String {
    format!("invalid YAML: {info}")
}

impl Builder {
    fn event(&mut self, event: Event<'_>, line: u32) -> Result<(), Fault> {
        match event {
            Event::Alias(anchor) => {
                let Some((tree, values)) = self.anchors.get(&anchor) else {
                    return Err(Fault::new(line, "an alias inside of what it stands for"));
                };
                let (tree, values) = (tree.clone_at(line), *values);
                self.count(values, line)?;
                self.place(tree, 0, values)
            }
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_deref(), line)?;
                self.count(1, line)?;
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = match (&*text, plain) {
                    ("" | "~" | "null", true) => Value::Null,
                    (text, true) => Value::Plain(text.into()),
                    (text, false) => Value::Text(text.into()),
                };
                self.place(Tree::new(line, value), anchor, 1)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), line)?;
                self.open(Open::List(line, anchor, Vec::new()), line)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), line)?;
                self.open(Open::Map(line, anchor, Vec::new(), None), line)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(line),
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, values: usize, line: u32) -> Result<(), Fault> {
        self.values = self.values.saturating_add(values);
        if self.values > limits::VALUES {
            let most = limits::VALUES;
            return Err(Fault::new(line, format!("more than {most} values, aliases written out")));
        }
        Ok(())
    }

    fn open(&mut self, open: Open, line: u32) -> Result<(), Fault> {
        if self.open.len() >= limits::DEPTH {
            return Err(Fault::new(line, format!("nested deeper than {}", limits::DEPTH)));
        }
        self.count(1, line)?;
        self.open.push(open);
        Ok(())
    }

    fn close(&mut self, line: u32) -> Result<(), Fault> {
        let (tree, anchor) = match self.open.pop() {
            Some(Open::List(line, anchor, list)) => (Tree::new(line, Value::List(list)), anchor),
            Some(Open::Map(line, anchor, map, _)) => (Tree::new(line, Value::Map(map)), anchor),
            None => return Err(Fault::new(line, scan("an end without a start"))),
        };
        let values = if anchor > 0 { tree.values() } else { 1 };
        self.place(tree, anchor, values)
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, tree: Tree, anchor: usize, values: usize) -> Result<(), Fault> {
        if anchor > 0 {
            // What an anchor keeps counts like what stands in the file.
            self.count(values, tree.line)?;
            self.anchors.insert(anchor, (tree.clone(), values));
        }
        match self.open.last_mut() {
            None => self.documents.push(tree),
            Some(Open::List(_, _, list)) => list.push(tree),
            Some(Open::Map(_, _, map, key)) => match key.take() {
                Some(key) => map.push((key, tree)),
                None => {
                    let line = tree.line;
                    let text = match tree.value {
                        Value::Text(text) | Value::Plain(text) => text,
                        Value::Null => "null".into(),
                        _ => {
                            let sentence = format!("{} stands as a name", tree.kind());
                            return Err(Fault::new(line, sentence));
                        }
                    };
                    *key = Some(Key { text, line });
                }
            },
        }
        Ok(())
    }
}

/// Only the types of plain YAML, which change nothing here.
fn check_tag(tag: Option<&Tag>, line: u32) -> Result<(), Fault> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            let sentence = format!("tag {} is not understood", quoted(&tag.to_string()));
            Err(Fault::new(line, sentence))
        }
        _ => Ok(()),
    }
}

impl Tree {
    /// How many values this is, itself included.
    fn values(&self) -> usize {
        1 + match &self.value {
            Value::List(list) => list.iter().map(Self::values).sum(),
            Value::Map(map) => map.iter().map(|(_, tree)| 1 + tree.values()).sum(),
            _ => 0,
        }
    }

    /// A copy that stands on the alias's line.
    fn clone_at(&self, line: u32) -> Self {
        Self { line, value: self.value.clone() }
    }
}
