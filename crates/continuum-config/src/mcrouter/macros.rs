//! `macros` of a file: constants `%name%` and calls `@name(argument,…)`, written
//! out within a budget.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::limits;
use crate::quote::quoted;
use crate::tree::{Key, Tree, Value};

/// Whether a text is a call, or holds a constant.
pub(super) fn calls(text: &str) -> bool {
    text.starts_with('@') || text.starts_with('%') || text.matches('%').count() > 1
}

/// A macro: its parameters and what it stands for.
struct Macro<'t> {
    parameters: Vec<&'t str>,
    result: &'t Tree,
}

struct Writer<'t> {
    macros: BTreeMap<&'t str, Macro<'t>>,
    values: usize,
}

/// The file with what its `macros` define written out. Calls of others stay.
pub(super) fn written_out(tree: &Tree) -> Result<Tree, Fault> {
    let mut writer = Writer { macros: BTreeMap::new(), values: 0 };
    let Some(macros) = tree.get("macros") else { return Ok(tree.clone()) };
    for (name, definition) in macros.map("macros")? {
        let kind = definition.get("type").and_then(Tree::as_text).unwrap_or_default();
        let result = definition.get("result");
        let parameters = match kind {
            "constDef" => Some(Vec::new()),
            "macroDef" => {
                let params = definition.get("params").and_then(Tree::as_list).unwrap_or(&[]);
                params.iter().map(Tree::as_text).collect()
            }
            _ => None,
        };
        let (Some(result), Some(parameters)) = (result, parameters) else {
            let sentence = format!("macro {} is of a kind that is not covered", quoted(&name.text));
            return Err(Fault::new(name.line, sentence));
        };
        writer.macros.insert(&name.text, Macro { parameters, result });
    }
    writer.tree(tree, &BTreeMap::new(), 0)
}

impl Writer<'_> {
    fn tree(
        &mut self,
        tree: &Tree,
        scope: &BTreeMap<&str, Tree>,
        depth: usize,
    ) -> Result<Tree, Fault> {
        self.values += 1;
        if self.values > limits::VALUES {
            let sentence = format!("more than {} values, macros written out", limits::VALUES);
            return Err(Fault::new(tree.line(), sentence));
        }
        if depth > limits::DEPTH {
            return Err(Fault::new(tree.line(), "macros nested too deep"));
        }
        let line = tree.line();
        if let Some(list) = tree.as_list() {
            let mut all = Vec::with_capacity(list.len());
            for item in list {
                let written = self.tree(item, scope, depth + 1)?;
                // A list that takes the place of an item is joined into its list.
                match (item.as_text(), written.as_list()) {
                    (Some(_), Some(items)) => all.extend(items.iter().cloned()),
                    _ => all.push(written),
                }
            }
            return Ok(Tree::new(line, Value::List(all)));
        }
        if let Some(map) = tree.as_map() {
            let mut all = Vec::with_capacity(map.len());
            for (key, value) in map.iter().filter(|(key, _)| &*key.text != "macros") {
                let text = match self.text(&key.text, scope, line, depth)? {
                    Some(written) => written.as_text().unwrap_or(&key.text).into(),
                    None => key.text.clone(),
                };
                let key = Key { text, line: key.line };
                all.push((key, self.tree(value, scope, depth + 1)?));
            }
            return Ok(Tree::new(line, Value::Map(all)));
        }
        match tree.as_text() {
            Some(text) => Ok(self.text(text, scope, line, depth)?.unwrap_or_else(|| tree.clone())),
            None => Ok(tree.clone()),
        }
    }

    /// What a text stands for, if it is a call or holds a constant.
    fn text(
        &mut self,
        text: &str,
        scope: &BTreeMap<&str, Tree>,
        line: u32,
        depth: usize,
    ) -> Result<Option<Tree>, Fault> {
        if let Some(call) = text.strip_prefix('@') {
            return self.call(call, scope, line, depth);
        }
        let mut written = String::new();
        let mut rest = text;
        let mut changed = false;
        while let Some((before, after)) = rest.split_once('%') {
            let Some((name, behind)) = after.split_once('%') else { break };
            let Some(value) = self.named(name, scope, depth)? else {
                written.push_str(before);
                written.push('%');
                rest = after;
                continue;
            };
            // Alone, it may be of any type.
            if before.is_empty() && behind.is_empty() && !changed {
                return Ok(Some(value));
            }
            written.push_str(before);
            written.push_str(value.scalar(name)?);
            (rest, changed) = (behind, true);
        }
        written.push_str(rest);
        Ok(changed.then(|| Tree::new(line, Value::Text(written.into()))))
    }

    fn named(
        &mut self,
        name: &str,
        scope: &BTreeMap<&str, Tree>,
        depth: usize,
    ) -> Result<Option<Tree>, Fault> {
        if let Some(value) = scope.get(name) {
            return Ok(Some(value.clone()));
        }
        let constant = self.macros.get(name).filter(|known| known.parameters.is_empty());
        match constant.map(|known| known.result) {
            Some(result) => self.tree(result, &BTreeMap::new(), depth + 1).map(Some),
            None => Ok(None),
        }
    }

    fn call(
        &mut self,
        call: &str,
        scope: &BTreeMap<&str, Tree>,
        line: u32,
        depth: usize,
    ) -> Result<Option<Tree>, Fault> {
        let (name, inside) = call.split_once('(').unwrap_or((call, ")"));
        let Some(known) = self.macros.get(name) else { return Ok(None) };
        let (parameters, result) = (known.parameters.clone(), known.result);
        let inside = inside.strip_suffix(')').unwrap_or(inside);
        let given: Vec<&str> = inside.split(',').filter(|_| !inside.is_empty()).collect();
        if given.len() != parameters.len() || inside.contains('@') {
            let sentence = format!("macro call {} is not covered", quoted(call));
            return Err(Fault::new(line, sentence));
        }
        let mut inner = BTreeMap::new();
        for (parameter, text) in parameters.into_iter().zip(given) {
            let written = self.text(text.trim(), scope, line, depth + 1)?;
            let plain = || Tree::new(line, Value::Text(text.trim().into()));
            inner.insert(parameter, written.unwrap_or_else(plain));
        }
        self.tree(result, &inner, depth + 1).map(Some)
    }
}
