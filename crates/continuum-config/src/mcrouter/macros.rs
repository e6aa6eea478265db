//! `macros` of a file: constants `%name%` and calls `@name(argument,…)`, written
//! out within a budget. A call may also be an object whose `type` is the macro.

use std::collections::BTreeMap;

use super::{builtins, calls};
use crate::fault::Fault;
use crate::limits;
use crate::quote::quoted;
use crate::tree::{Key, Tree, Value};

/// A macro: its parameters, each with its default, and what it stands for.
struct Macro<'t> {
    parameters: Vec<(&'t str, Option<&'t Tree>)>,
    result: &'t Tree,
}

/// What names stand for within a macro.
type Scope<'s> = BTreeMap<&'s str, Tree>;

struct Writer<'t> {
    macros: BTreeMap<&'t str, Macro<'t>>,
    values: usize,
}

/// The file with its macros written out. Calls of those that are not known stay.
pub(super) fn written_out(tree: &Tree) -> Result<Tree, Fault> {
    let mut writer = Writer { macros: BTreeMap::new(), values: 0 };
    let macros = tree.get("macros").map(|macros| macros.map("macros")).transpose()?;
    for (name, definition) in macros.unwrap_or_default() {
        let kind = definition.get("type").and_then(Tree::as_text).unwrap_or_default();
        let result = definition.get("result");
        let parameters = match kind {
            "constDef" => Some(Vec::new()),
            "macroDef" => {
                let params = definition.get("params").and_then(Tree::as_list).unwrap_or(&[]);
                params.iter().map(parameter).collect()
            }
            _ => None,
        };
        let (Some(result), Some(parameters)) = (result, parameters) else {
            let sentence = format!("macro {} is of a kind that is not covered", quoted(&name.text));
            return Err(Fault::new(name.line, sentence));
        };
        writer.macros.insert(&name.text, Macro { parameters, result });
    }
    writer.tree(tree, &Scope::new(), 0)
}

/// A name, or a map of it and its default.
fn parameter(tree: &Tree) -> Option<(&str, Option<&Tree>)> {
    if let Some(name) = tree.as_text() {
        return Some((name, None));
    }
    Some((tree.get("name")?.as_text()?, tree.get("default")))
}

impl Writer<'_> {
    fn tree(&mut self, tree: &Tree, scope: &Scope<'_>, depth: usize) -> Result<Tree, Fault> {
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
                match (item.as_list(), written.as_list()) {
                    (None, Some(items)) => all.extend(items.iter().cloned()),
                    _ => all.push(written),
                }
            }
            return Ok(Tree::new(line, Value::List(all)));
        }
        if let Some(map) = tree.as_map() {
            return match self.object(tree, map, scope, depth)? {
                Some(written) => Ok(written),
                None => self.map(map, scope, line, depth),
            };
        }
        match tree.as_text() {
            Some(text) => Ok(self.text(text, scope, line, depth)?.unwrap_or_else(|| tree.clone())),
            None => Ok(tree.clone()),
        }
    }

    fn map(
        &mut self,
        map: &[(Key, Tree)],
        scope: &Scope<'_>,
        line: u32,
        depth: usize,
    ) -> Result<Tree, Fault> {
        // Names that hold within this object.
        let vars = map.iter().find(|(key, _)| &*key.text == "vars");
        let vars = vars.and_then(|(_, vars)| vars.as_map()).unwrap_or_default();
        let mut inner = scope.clone();
        for (name, value) in vars {
            let value = self.tree(value, scope, depth + 1)?;
            inner.insert(&name.text, value);
        }
        let passed_over = |key: &str| key == "macros" || (key == "vars" && !vars.is_empty());
        let mut all = Vec::with_capacity(map.len());
        for (key, value) in map.iter().filter(|(key, _)| !passed_over(&key.text)) {
            let text = match self.text(&key.text, &inner, line, depth)? {
                Some(written) => written.as_text().unwrap_or(&key.text).into(),
                None => key.text.clone(),
            };
            let key = Key { text, line: key.line };
            all.push((key, self.tree(value, &inner, depth + 1)?));
        }
        Ok(Tree::new(line, Value::Map(all)))
    }

    /// What an object stands for whose type is a macro.
    fn object(
        &mut self,
        tree: &Tree,
        map: &[(Key, Tree)],
        scope: &Scope<'_>,
        depth: usize,
    ) -> Result<Option<Tree>, Fault> {
        let Some(name) = tree.get("type").and_then(Tree::as_text) else { return Ok(None) };
        let line = tree.line();
        if name == "transform" {
            return self.transform(tree, scope, depth).map(Some);
        }
        if let Some(known) = self.macros.get(name) {
            let (parameters, result) = (known.parameters.clone(), known.result);
            let mut inner = Scope::new();
            for (parameter, default) in parameters {
                let given = map.iter().find(|(key, _)| &*key.text == parameter);
                let given = given.map(|(_, value)| value).or(default);
                let given = given.ok_or_else(|| missing(name, parameter, line))?;
                inner.insert(parameter, self.tree(given, scope, depth + 1)?);
            }
            return self.tree(result, &inner, depth + 1).map(Some);
        }
        let Some(parameters) = builtins::parameters(name) else { return Ok(None) };
        if name == "if" {
            return self.branch(tree, scope, depth).map(Some);
        }
        let mut given = Vec::new();
        for parameter in parameters {
            match tree.get(parameter) {
                Some(value) => given.push(self.tree(value, scope, depth + 1)?),
                None if *parameter == "default" => {}
                None => return Err(missing(name, parameter, line)),
            }
        }
        builtins::value(name, &given, line).map(Some)
    }

    /// `if` as an object: the branch that is not taken is never written out.
    fn branch(&mut self, tree: &Tree, scope: &Scope<'_>, depth: usize) -> Result<Tree, Fault> {
        let get = |name| tree.get(name).ok_or_else(|| missing("if", name, tree.line()));
        let condition = self.tree(get("condition")?, scope, depth + 1)?;
        let condition = builtins::value("bool", &[condition], tree.line())?;
        let name = if condition.switch("condition")? { "is_true" } else { "is_false" };
        self.tree(get(name)?, scope, depth + 1)
    }

    /// Each item of a list or map by a text in which `%item%` and `%key%` stand for it.
    fn transform(&mut self, tree: &Tree, scope: &Scope<'_>, depth: usize) -> Result<Tree, Fault> {
        let line = tree.line();
        let name = |setting, default| tree.get(setting).and_then(Tree::as_text).unwrap_or(default);
        let (item_name, key_name) = (name("itemName", "item"), name("keyName", "key"));
        let dictionary =
            tree.get("dictionary").ok_or_else(|| missing("transform", "dictionary", line))?;
        let dictionary = self.tree(dictionary, scope, depth + 1)?;
        // mcrouter spells it so.
        let item_by = tree.get("itemTranform").or_else(|| tree.get("itemTransform"));
        let key_by = tree.get("keyTransform");
        let mut one = |key: Tree, item: &Tree, by: &Tree| {
            let mut inner = scope.clone();
            inner.insert(key_name, key);
            inner.insert(item_name, item.clone());
            self.tree(by, &inner, depth + 1)
        };
        if let Some(list) = dictionary.as_list() {
            let by = item_by.ok_or_else(|| missing("transform", "itemTranform", line))?;
            let number = |at: usize| Tree::new(line, Value::Number(at.to_string().into()));
            let items = list.iter().enumerate().map(|(at, item)| one(number(at), item, by));
            return Ok(Tree::new(line, Value::List(items.collect::<Result<_, _>>()?)));
        }
        let mut all = Vec::new();
        for (key, item) in dictionary.map("dictionary")? {
            let text = || Tree::new(line, Value::Text(key.text.clone()));
            let new = key_by.map(|by| one(text(), item, by)).transpose()?;
            let new = new.as_ref().map(|new| new.text("keyTransform")).transpose()?;
            let value = item_by.map(|by| one(text(), item, by)).transpose()?;
            let key =
                Key { text: new.map_or_else(|| key.text.clone(), Into::into), line: key.line };
            all.push((key, value.unwrap_or_else(|| item.clone())));
        }
        Ok(Tree::new(line, Value::Map(all)))
    }

    /// What a text stands for, if it is a call or holds a constant.
    fn text(
        &mut self,
        text: &str,
        scope: &Scope<'_>,
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
        scope: &Scope<'_>,
        depth: usize,
    ) -> Result<Option<Tree>, Fault> {
        if let Some(value) = scope.get(name) {
            return Ok(Some(value.clone()));
        }
        let constant = self.macros.get(name).filter(|known| known.parameters.is_empty());
        match constant.map(|known| known.result) {
            Some(result) => self.tree(result, &Scope::new(), depth + 1).map(Some),
            None => Ok(None),
        }
    }

    fn call(
        &mut self,
        call: &str,
        scope: &Scope<'_>,
        line: u32,
        depth: usize,
    ) -> Result<Option<Tree>, Fault> {
        if depth > limits::DEPTH {
            return Err(Fault::new(line, "macros nested too deep"));
        }
        let (name, inside) = call.split_once('(').unwrap_or((call, ")"));
        let known = self.macros.get(name).map(|known| (known.parameters.clone(), known.result));
        if known.is_none() && builtins::parameters(name).is_none() {
            return Ok(None);
        }
        let Some(inside) = inside.strip_suffix(')') else {
            return Err(Fault::new(line, format!("macro call {} has no ')'", quoted(call))));
        };
        let mut given = Vec::new();
        for text in calls::arguments(inside, line)? {
            let written = self.text(text, scope, line, depth + 1)?;
            given.push(written.unwrap_or_else(|| Tree::new(line, Value::Text(text.into()))));
        }
        let Some((parameters, result)) = known else {
            return builtins::value(name, &given, line).map(Some);
        };
        if given.len() > parameters.len() {
            let sentence = format!("macro call {}: too many arguments", quoted(call));
            return Err(Fault::new(line, sentence));
        }
        let mut inner = Scope::new();
        let mut given = given.into_iter();
        for (parameter, default) in parameters {
            let value = match (given.next(), default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.tree(default, scope, depth + 1)?,
                (None, None) => return Err(missing(name, parameter, line)),
            };
            inner.insert(parameter, value);
        }
        self.tree(result, &inner, depth + 1).map(Some)
    }
}

fn missing(name: &str, parameter: &str, line: u32) -> Fault {
    Fault::new(line, format!("macro {}: {} is not given", quoted(name), quoted(parameter)))
}
