//! A file of recorded answers, and the key files beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use crate::case::{Case, Expected, decode_hex};
use crate::error::Error;
use crate::set::{RawSet, Set};

/// Reads a file. Keys that a set names by file are looked for in `keys/` beside
/// it.
///
/// # Errors
/// The file cannot be read, is no JSON array of sets, or a key file is missing
/// or no hexadecimal.
pub fn read(path: &Path) -> Result<Vec<Set>, Error> {
    let text = fs::read(path).map_err(|error| Error::in_file(path, error))?;
    let sets: Vec<RawSet> =
        serde_json::from_slice(&text).map_err(|error| Error::in_file(path, error))?;
    let mut key_files = BTreeMap::new();
    sets.into_iter().map(|set| finish(path, set, &mut key_files)).collect()
}

/// Many sets share one file of keys, so each is read once.
type KeyFiles = BTreeMap<String, Rc<[Box<[u8]>]>>;

fn finish(path: &Path, raw: RawSet, key_files: &mut KeyFiles) -> Result<Set, Error> {
    let refuse = |why: String| Error::in_set(path, &raw.name, why);
    let mut cases = Vec::new();
    if let Some(name) = &raw.keys {
        let keys = match key_files.get(name) {
            Some(keys) => Rc::clone(keys),
            None => {
                let keys: Rc<[_]> = read_keys(path, name).map_err(refuse)?.into();
                key_files.insert(name.clone(), Rc::clone(&keys));
                keys
            }
        };
        if keys.len() != raw.index.len() {
            return Err(refuse(format!("{} keys but {} answers", keys.len(), raw.index.len())));
        }
        cases.extend(
            keys.iter()
                .zip(&raw.index)
                .map(|(key, owner)| Case { key: key.clone(), expected: Expected::Owner(*owner) }),
        );
    }
    for case in &raw.cases {
        cases.extend(Case::read(case).map_err(refuse)?);
    }
    for case in &raw.raw_hash_cases {
        cases.extend(Case::read(case).map_err(refuse)?);
    }
    let wants_tokens = raw.ring.is_some();
    let mut set = Set::new(raw, cases);
    if wants_tokens {
        set.spread_tokens();
    }
    Ok(set)
}

fn read_keys(path: &Path, name: &str) -> Result<Vec<Box<[u8]>>, String> {
    // The name comes from the file: it must not lead elsewhere.
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("'{name}' is no name of a key file"));
    }
    let file = path.with_file_name("keys").join(format!("{name}.hex"));
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    (1..)
        .zip(text.lines())
        .map(|(line, text)| {
            decode_hex(text).ok_or_else(|| format!("{}:{line}: no hexadecimal", file.display()))
        })
        .collect()
}

/// The value of a field that is a list of numbers.
pub(crate) fn numbers(value: Option<&Value>) -> Option<Vec<f64>> {
    value?.as_array()?.iter().map(Value::as_f64).collect()
}
