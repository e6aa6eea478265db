//! A file of recorded answers, and the key files beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

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
    parse(&fs::read(path).map_err(|error| Error::in_file(path, error))?, path)
}

/// Reads the text of a file, which stands or would stand at `path`.
///
/// # Errors
/// As for [`read`].
pub fn parse(text: &[u8], path: &Path) -> Result<Vec<Set>, Error> {
    let sets: Vec<RawSet> =
        serde_json::from_slice(text).map_err(|error| Error::in_file(path, error))?;
    let mut key_files = BTreeMap::new();
    sets.into_iter().map(|set| finish(path, set, &mut key_files)).collect()
}

/// Many sets share one file of keys, so each is read once.
type KeyFiles = BTreeMap<String, Rc<[Box<[u8]>]>>;

fn finish(path: &Path, raw: RawSet, key_files: &mut KeyFiles) -> Result<Set, Error> {
    let refuse = |why: String| Error::in_set(path, &raw.name, why);
    let mut cases = Vec::new();
    // Sequences of requests name keys by number: a test beside their type reads them.
    if let (Some(name), true) = (&raw.keys, raw.ops.is_empty()) {
        let keys: Rc<[_]> = match key_files.get(name) {
            Some(keys) => Rc::clone(keys),
            None => {
                let keys: Rc<[_]> = read_keys(path, name).map_err(refuse)?.into();
                key_files.insert(name.clone(), Rc::clone(&keys));
                keys
            }
        };
        // A file that ends behind a line break may end with the empty key.
        let last = keys.len().checked_sub(1).filter(|last| keys[*last].is_empty());
        let keys = match last.filter(|last| *last == raw.index.len()) {
            Some(last) => Rc::from(&keys[..last]),
            None => keys,
        };
        if keys.len() != raw.index.len() {
            return Err(refuse(format!("{} keys but {} answers", keys.len(), raw.index.len())));
        }
        let unlisted = raw.servers.count.is_some_and(|count| count > Set::MOST_LISTED);
        for (key, owner) in keys.iter().zip(&raw.index) {
            let expected = expected(*owner, unlisted).map_err(refuse)?;
            cases.push(Case { key: key.clone(), expected });
        }
        // They may end before the keys do.
        if raw.alternatives.len() > keys.len() {
            let count = raw.alternatives.len();
            return Err(refuse(format!("{} keys but {count} lists of alternatives", keys.len())));
        }
        for ((key, owner), further) in keys.iter().zip(&raw.index).zip(&raw.alternatives) {
            let order = order(*owner, further).map_err(refuse)?;
            if order.len() > 1 {
                cases.push(Case { key: key.clone(), expected: Expected::Candidates(order) });
            }
        }
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

/// An answer of a list of answers: none and -1 are nobody.
fn expected(owner: Option<i64>, unlisted: bool) -> Result<Expected, String> {
    let Some(owner) = owner.filter(|owner| *owner != -1) else { return Ok(Expected::Nobody) };
    let no_number = |_| format!("'{owner}' is no number of a server");
    if unlisted {
        return u64::try_from(owner).map(Expected::Number).map_err(no_number);
    }
    u32::try_from(owner).map(Expected::Owner).map_err(no_number)
}

/// The owner and the servers behind it, up to where the program repeats one or has no
/// more: a walk names each once.
fn order(owner: Option<i64>, further: &[i64]) -> Result<Vec<u32>, String> {
    let mut order = Vec::new();
    for server in owner.iter().chain(further).take_while(|server| **server != -1) {
        let server =
            u32::try_from(*server).map_err(|_| format!("'{server}' is no number of a server"))?;
        if order.contains(&server) {
            break;
        }
        order.push(server);
    }
    Ok(order)
}

fn read_keys(path: &Path, name: &str) -> Result<Vec<Box<[u8]>>, String> {
    // The name comes from the file: it must not lead elsewhere.
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format!("'{name}' is no name of a key file"));
    }
    let file = path.with_file_name("keys").join(format!("{name}.hex"));
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    (1..)
        .zip(text.split('\n'))
        .map(|(line, text)| {
            decode_hex(text).ok_or_else(|| format!("{}:{line}: no hexadecimal", file.display()))
        })
        .collect()
}
