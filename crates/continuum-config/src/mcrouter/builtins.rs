//! The macros that mcrouter brings, as far as they are functions of what they are
//! given: those that read files or draw by chance are not.

use super::calls::is_call;
use crate::fault::Fault;
use crate::limits;
use crate::tree::{Key, Tree, Value};

/// The names of the parameters that a built-in macro has in its form as an object;
/// none of another name.
pub(super) fn parameters(name: &str) -> Option<&'static [&'static str]> {
    Some(match name {
        "int" | "str" | "bool" | "isArray" | "isBool" | "isInt" | "isObject" | "isString" => {
            &["value"]
        }
        "keys" | "values" | "empty" | "size" | "sort" => &["dictionary"],
        "not" => &["A"],
        "equals" | "less" | "and" | "or" | "add" | "sub" | "mul" | "div" | "mod" => &["A", "B"],
        "contains" => &["dictionary", "key"],
        "select" => &["dictionary", "key", "default"],
        "set" => &["dictionary", "key", "value"],
        "slice" => &["dictionary", "from", "to"],
        "range" => &["from", "to"],
        "split" => &["string", "delim"],
        "if" => &["condition", "is_true", "is_false"],
        "merge" => &["params"],
        _ => return None,
    })
}

/// What a built-in macro gives.
pub(super) fn value(name: &str, given: &[Tree], line: u32) -> Result<Tree, Fault> {
    let refuse = |why: &str| Fault::new(line, format!("macro @{name}: {why}"));
    let made = |value: Value| Ok(Tree::new(line, value));
    let truth = |value: bool| made(Value::Bool(value));
    let number = |value: i64| made(Value::Number(value.to_string().into()));
    let int = |tree: &Tree| as_int(tree).ok_or_else(|| refuse("takes whole numbers"));
    let switch = |tree: &Tree| as_switch(tree).ok_or_else(|| refuse("takes true or false"));
    match (name, given) {
        // What a file does not write out is a text of its own.
        (_, given) if given.iter().any(|tree| tree.as_text().is_some_and(is_call)) => {
            Err(refuse("what it is given holds a macro that is not covered"))
        }
        ("int", [value]) => number(int(value)?),
        ("str", [value]) => made(Value::Text(text(value).ok_or_else(|| refuse("takes a scalar"))?)),
        ("bool", [value]) => truth(switch(value)?),
        ("isArray", [value]) => truth(value.as_list().is_some()),
        ("isObject", [value]) => truth(value.as_map().is_some()),
        ("isString", [value]) => truth(value.as_text().is_some()),
        ("isInt", [value]) => truth(value.as_text().is_none() && as_int(value).is_some()),
        ("isBool", [value]) => truth(value.as_text().is_none() && as_switch(value).is_some()),
        ("keys", [dictionary]) => {
            let map = dictionary.as_map().ok_or_else(|| refuse("takes a map"))?;
            let key = |(key, _): &(Key, Tree)| Tree::new(line, Value::Text(key.text.clone()));
            made(Value::List(map.iter().map(key).collect()))
        }
        ("values", [dictionary]) => {
            let map = dictionary.as_map().ok_or_else(|| refuse("takes a map"))?;
            made(Value::List(map.iter().map(|(_, value)| value.clone()).collect()))
        }
        ("empty" | "size", [value]) => {
            let size = size(value).ok_or_else(|| refuse("takes a text, a list or a map"))?;
            if name == "empty" { truth(size == 0) } else { number(size) }
        }
        ("sort", [list]) => {
            let mut list = list.as_list().ok_or_else(|| refuse("takes a list"))?.to_vec();
            if list.iter().any(|item| item.as_text().is_none()) {
                return Err(refuse("takes a list of texts"));
            }
            list.sort_by(|one, other| one.as_text().cmp(&other.as_text()));
            made(Value::List(list))
        }
        ("not", [value]) => truth(!switch(value)?),
        ("and", [one, other]) => truth(switch(one)? && switch(other)?),
        ("or", [one, other]) => truth(switch(one)? || switch(other)?),
        ("equals", [one, other]) => truth(equal(one, other)),
        ("less", [one, other]) => match (as_int(one), as_int(other)) {
            (Some(one), Some(other)) => truth(one < other),
            _ => Err(refuse("takes whole numbers")),
        },
        ("add" | "sub" | "mul" | "div" | "mod", [one, other]) => {
            let (one, other) = (int(one)?, int(other)?);
            let result = match name {
                "add" => one.checked_add(other),
                "sub" => one.checked_sub(other),
                "mul" => one.checked_mul(other),
                "div" => one.checked_div(other),
                _ => one.checked_rem(other),
            };
            number(result.ok_or_else(|| refuse("the result is no whole number of 64 bits"))?)
        }
        ("contains", [dictionary, key]) => truth(match (dictionary.as_list(), text(key)) {
            (Some(list), _) => list.iter().any(|item| equal(item, key)),
            (None, Some(key)) => match dictionary.as_map() {
                Some(map) => map.iter().any(|(known, _)| known.text == key),
                None => dictionary.as_text().is_some_and(|text| text.contains(&*key)),
            },
            (None, None) => return Err(refuse("takes a key")),
        }),
        ("select", [dictionary, key, default @ ..]) => {
            let found = match (dictionary.as_list(), dictionary.as_map()) {
                (Some(list), _) => usize::try_from(int(key)?).ok().and_then(|at| list.get(at)),
                (None, Some(map)) => {
                    let key = text(key).ok_or_else(|| refuse("takes a key"))?;
                    map.iter().find(|(known, _)| known.text == key).map(|(_, value)| value)
                }
                (None, None) => return Err(refuse("takes a list or a map")),
            };
            found.or(default.first()).cloned().ok_or_else(|| refuse("there is no such key"))
        }
        ("set", [dictionary, key, value]) => {
            let key = text(key).ok_or_else(|| refuse("takes a key"))?;
            let map = dictionary.as_map().ok_or_else(|| refuse("takes a map"))?;
            let mut map: Vec<(Key, Tree)> =
                map.iter().filter(|(known, _)| known.text != key).cloned().collect();
            map.push((Key { text: key, line }, value.clone()));
            made(Value::Map(map))
        }
        // Both ends are part of it.
        ("slice", [dictionary, from, to]) => {
            let list = dictionary.as_list().ok_or_else(|| refuse("is covered for lists only"))?;
            let (from, to) = (int(from)?.max(0), int(to)?);
            let number = |at: i64| usize::try_from(at).unwrap_or(usize::MAX);
            let count = if to < from { 0 } else { number(to - from).saturating_add(1) };
            made(Value::List(list.iter().skip(number(from)).take(count).cloned().collect()))
        }
        ("range", [from, to]) => {
            let (from, to) = (int(from)?, int(to)?);
            let most = i64::try_from(limits::SERVERS).unwrap_or(i64::MAX);
            if to.saturating_sub(from) >= most {
                return Err(refuse(&format!("more than {} numbers", limits::SERVERS)));
            }
            let one = |at: i64| Tree::new(line, Value::Number(at.to_string().into()));
            made(Value::List((from..=to).map(one).collect()))
        }
        ("split", [string, delim]) => {
            let (Some(string), Some(delim)) = (text(string), text(delim)) else {
                return Err(refuse("takes two texts"));
            };
            if delim.is_empty() {
                return Err(refuse("the delimiter is empty"));
            }
            let part = |part: &str| Tree::new(line, Value::Text(part.into()));
            made(Value::List(string.split(&*delim).map(part).collect()))
        }
        ("if", [condition, is_true, is_false]) => {
            Ok(if switch(condition)? { is_true.clone() } else { is_false.clone() })
        }
        ("merge", [list]) if list.as_list().is_some() => {
            merge(list.as_list().unwrap_or_default(), line).ok_or_else(|| refuse(MERGED))
        }
        ("merge", given) => merge(given, line).ok_or_else(|| refuse(MERGED)),
        _ => Err(refuse("is given another number of arguments than it takes")),
    }
}

const MERGED: &str = "takes lists, maps or texts, all of one kind";

/// Lists and texts one behind the other; of maps the later ones count.
pub(super) fn merge(given: &[Tree], line: u32) -> Option<Tree> {
    let first = given.first()?;
    if first.as_list().is_some() {
        let lists: Option<Vec<&[Tree]>> = given.iter().map(Tree::as_list).collect();
        return Some(Tree::new(line, Value::List(lists?.concat())));
    }
    if first.as_map().is_some() {
        let mut all: Vec<(Key, Tree)> = Vec::new();
        for (key, value) in given.iter().map(Tree::as_map).collect::<Option<Vec<_>>>()?.concat() {
            match all.iter_mut().find(|(known, _)| known.text == key.text) {
                Some((_, known)) => *known = value,
                None => all.push((key, value)),
            }
        }
        return Some(Tree::new(line, Value::Map(all)));
    }
    let texts: Option<Vec<&str>> = given.iter().map(Tree::as_text).collect();
    Some(Tree::new(line, Value::Text(texts?.concat().into())))
}

fn text(tree: &Tree) -> Option<Box<str>> {
    tree.scalar("").ok().map(Into::into)
}

fn as_int(tree: &Tree) -> Option<i64> {
    tree.scalar("").ok()?.parse().ok()
}

fn as_switch(tree: &Tree) -> Option<bool> {
    match tree.scalar("").ok()? {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn size(tree: &Tree) -> Option<i64> {
    let size = match (tree.as_list(), tree.as_map(), tree.as_text()) {
        (Some(list), ..) => list.len(),
        (_, Some(map), _) => map.len(),
        (.., Some(text)) => text.len(),
        _ => return None,
    };
    i64::try_from(size).ok()
}

/// Two values are one where they are written alike; the order within a map is not part
/// of it.
fn equal(one: &Tree, other: &Tree) -> bool {
    match (one.as_list(), other.as_list(), one.as_map(), other.as_map()) {
        (Some(one), Some(other), ..) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (.., Some(one), Some(other)) => {
            let same = |(key, value): &(Key, Tree)| {
                other.iter().any(|(known, there)| known.text == key.text && equal(value, there))
            };
            one.len() == other.len() && one.iter().all(same)
        }
        (None, None, None, None) => match (one.is_null(), other.is_null()) {
            (false, false) => one.scalar("").ok() == other.scalar("").ok(),
            (one, other) => one && other,
        },
        _ => false,
    }
}
