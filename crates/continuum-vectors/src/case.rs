//! One recorded answer.

use serde_json::{Map, Value};

/// A key and what the program said of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) key: Box<[u8]>,
    pub(crate) expected: Expected,
}

/// What the program said.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// The owner's place in the list of servers.
    Owner(u32),
    /// Nobody owns the key.
    Nobody,
    /// The owner's number among more servers than are listed.
    Number(u64),
    /// The first so many candidates.
    Candidates(Vec<u32>),
    /// The key's slot, token or hash.
    Position(u128),
    /// The owner of a position given directly; the key is unused.
    OwnerOfPosition(u128, u32),
    /// The owner among this many numbered servers.
    OwnerOf(u32, u32),
}

impl Case {
    /// Reads a case; several answers on one key give several cases. None where it
    /// tells an attempt after the first.
    pub(crate) fn read(case: &Map<String, Value>) -> Result<Vec<Self>, String> {
        let unsigned = |name: &str| case.get(name).and_then(number);
        let owner = |name: &str| unsigned(name).and_then(|owner| u32::try_from(owner).ok());
        // The n-th attempt is a program's own retry rule, not a candidate.
        if case.contains_key("attempt") {
            return Ok(Vec::new());
        }
        let key = key_of(case)?;
        let given = unsigned("hash").or_else(|| case.get("token").and_then(token));
        let mut expected = Vec::new();
        if let (Some(position), Some(owner)) = (given, owner("server_index")) {
            expected.push(Expected::OwnerOfPosition(position, owner));
        } else if let Some(owner) = owner("server_index") {
            expected.push(Expected::Owner(owner));
        } else if let Some(list) = case.get("server_indexes").and_then(Value::as_array) {
            let owners: Option<Vec<u32>> =
                list.iter().map(|value| u32::try_from(number(value)?).ok()).collect();
            expected.push(Expected::Candidates(owners.ok_or("a server's index is no number")?));
        } else if let Some(list) = case.get("nodes").and_then(Value::as_array) {
            // Nodes are named by their number from 1.
            let owners: Option<Vec<u32>> =
                list.iter().map(|v| v.as_str()?.parse::<u32>().ok()?.checked_sub(1)).collect();
            expected.push(Expected::Candidates(owners.ok_or("a node is no number from 1")?));
        } else if case.contains_key("error") {
            expected.push(Expected::Nobody);
        } else if let Some(position) = unsigned("slot").or(given) {
            expected.push(Expected::Position(position));
        }
        if let Some(hash) = unsigned("murmur2") {
            // A partition is the hash without its sign bit, modulo their number.
            expected.push(Expected::Position(hash & 0x7fff_ffff));
        }
        for (name, value) in case {
            let count = name.strip_prefix('p').and_then(|count| count.parse().ok());
            if let (Some(count), Some(owner)) = (count, number(value)) {
                let owner = u32::try_from(owner).map_err(|_| format!("{name} is too large"))?;
                expected.push(Expected::OwnerOf(count, owner));
            }
        }
        if expected.is_empty() || expected.iter().any(Expected::is_empty) {
            return Err(format!("a case has no answer that is known here: {}", fields(case)));
        }
        let with_key = |expected| match (&key, expected) {
            (Some(key), expected) => Ok(Self { key: key.clone(), expected }),
            (None, expected @ Expected::OwnerOfPosition(..)) => {
                Ok(Self { key: Box::default(), expected })
            }
            (None, _) => Err(format!("a case has no key: {}", fields(case))),
        };
        expected.into_iter().map(with_key).collect()
    }
}

impl Expected {
    /// Whether nothing is compared.
    fn is_empty(&self) -> bool {
        matches!(self, Self::Candidates(candidates) if candidates.is_empty())
    }
}

/// The names of a case's fields, for a sentence.
fn fields(case: &Map<String, Value>) -> String {
    let names: Vec<&str> = case.keys().map(String::as_str).collect();
    format!("it has {}", if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
}

/// Text, hexadecimal, or a number as its eight little-endian bytes.
fn key_of(case: &Map<String, Value>) -> Result<Option<Box<[u8]>>, String> {
    let text = |name: &str| match case.get(name) {
        Some(value) => value.as_str().ok_or_else(|| format!("{name} {value} is no text")).map(Some),
        None => Ok(None),
    };
    if let Some(text) = text("key")? {
        return Ok(Some(text.as_bytes().into()));
    }
    if let Some(text) = text("key_hex")? {
        let key = decode_hex(text);
        return key.ok_or_else(|| format!("key_hex '{text}' is no hexadecimal")).map(Some);
    }
    let Some(value) = case.get("key_u64").or_else(|| case.get("x")) else {
        return Ok(None);
    };
    let number = number(value).and_then(|number| u64::try_from(number).ok());
    let number = number.ok_or_else(|| format!("key {value} is no number of 64 bits"))?;
    Ok(Some(Box::new(number.to_le_bytes())))
}

/// A number, or a number as text where JSON's would lose bits.
fn number(value: &Value) -> Option<u128> {
    value.as_u64().map(u128::from).or_else(|| value.as_str()?.parse().ok())
}

/// The value of a field that is a list of numbers.
pub(crate) fn numbers(value: Option<&Value>) -> Option<Vec<f64>> {
    value?.as_array()?.iter().map(Value::as_f64).collect()
}

/// A signed 64-bit token as its two's complement.
fn token(value: &Value) -> Option<u128> {
    value.as_i64().map(|token| u128::from(token.cast_unsigned()))
}

pub(crate) fn decode_hex(text: &str) -> Option<Box<[u8]>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::decode_hex;

    #[test]
    fn hexadecimal() {
        assert_eq!(decode_hex("").as_deref(), Some(&[][..]));
        assert_eq!(decode_hex("00fF").as_deref(), Some(&[0, 255][..]));
        assert_eq!(decode_hex("0"), None);
        assert_eq!(decode_hex("0g"), None);
    }
}
