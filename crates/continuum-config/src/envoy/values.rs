//! Values as Envoy hands them to protobuf. Its YAML is that of yaml-cpp, in which `yes` is true
//! and `0x10` a number, and one message stands for a list of one.
//!
//! Source: `source/common/protobuf/yaml_utility.cc` of Envoy 1.40, and protobuf's JSON parser.

use std::borrow::Cow;
use std::slice;

use super::{field, only};
use crate::fault::Fault;
use crate::tree::Tree;

/// The messages of a repeated field.
pub(super) fn items(tree: &Tree) -> Option<&[Tree]> {
    tree.as_list().or_else(|| tree.as_map().map(|_| slice::from_ref(tree)))
}

/// As [`items`], or a complaint.
pub(super) fn list<'t>(tree: &'t Tree, name: &str) -> Result<&'t [Tree], Fault> {
    items(tree).ok_or_else(|| tree.wrong(name, "a list"))
}

/// A switch, in quotes too.
pub(super) fn switch(tree: &Tree, name: &str) -> Result<bool, Fault> {
    match tree.as_plain().and_then(truth).or_else(|| quoted_truth(tree)) {
        Some(value) => Ok(value),
        None => tree.switch(name),
    }
}

fn quoted_truth(tree: &Tree) -> Option<bool> {
    match tree.as_text() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}

/// What yaml-cpp takes an unquoted scalar for, in small letters, in capitals, or with a capital.
fn truth(plain: &str) -> Option<bool> {
    let small = plain.to_ascii_lowercase();
    let written = plain.get(1..) == small.get(1..) || plain == plain.to_ascii_uppercase();
    match small.as_str() {
        "y" | "yes" | "true" | "on" if written => Some(true),
        "n" | "no" | "false" | "off" if written => Some(false),
        _ => None,
    }
}

/// The text of a value that may be of any type. `None`: it is a number or a switch.
pub(super) fn string<'t>(tree: &'t Tree, name: &str) -> Result<Option<Cow<'t, str>>, Fault> {
    let Some(plain) = tree.as_plain() else {
        return match tree.as_text() {
            Some(text) => Ok(Some(text.into())),
            None => tree.scalar(name).map(|_| None),
        };
    };
    if truth(plain).is_some() {
        return Ok(None);
    }
    Ok(match integer(plain) {
        // What has no place in 32 bits becomes the text of its digits.
        Some(number) => i32::try_from(number).is_err().then(|| number.to_string().into()),
        None => Some(plain.into()),
    })
}

/// A whole number in the notation of C, which yaml-cpp reads.
fn integer(plain: &str) -> Option<i64> {
    let (sign, digits) = match plain.as_bytes().first()? {
        b'-' => ("-", &plain[1..]),
        b'+' => ("", &plain[1..]),
        _ => ("", plain),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // A second sign is none.
    let unsigned = digits.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    unsigned.then(|| i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()).flatten()
}

/// A number that protobuf keeps in a message, such as `UInt32Value`, which Envoy also reads
/// written out as one: `{value: 7}`.
pub(super) fn wrapped(tree: &Tree, name: &str) -> Result<u64, Fault> {
    match tree.as_map() {
        None => tree.whole(name, true),
        Some(_) => {
            only(tree, name, &["value"])?;
            field(tree, "value").map_or(Ok(0), |value| value.whole(name, true))
        }
    }
}

/// A word of an enumeration: names in any case, as protobuf takes them.
pub(super) fn word(tree: &Tree, name: &str) -> Result<String, Fault> {
    Ok(tree.scalar(name)?.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{string, switch};
    use crate::testing::yaml_tree;

    #[test]
    fn switches_of_yaml_cpp() {
        for (text, wanted) in [
            ("yes", Some(true)),
            ("Yes", Some(true)),
            ("ON", Some(true)),
            ("y", Some(true)),
            ("True", Some(true)),
            ("\"true\"", Some(true)),
            ("off", Some(false)),
            ("N", Some(false)),
            ("yEs", None),
            ("\"yes\"", None),
            ("1", None),
        ] {
            assert_eq!(switch(&yaml_tree(text), "x").ok(), wanted, "{text}");
        }
    }

    #[test]
    fn texts_of_yaml_cpp() {
        for (text, wanted) in [
            ("a0", Some("a0")),
            ("1.0", Some("1.0")),
            ("\"1\"", Some("1")),
            ("08", Some("08")),
            ("--1", Some("--1")),
            ("9223372036854775808", Some("9223372036854775808")),
            ("0x123456789", Some("4886718345")),
            ("-2147483649", Some("-2147483649")),
            ("1", None),
            ("+5", None),
            ("010", None),
            ("0x10", None),
            ("No", None),
            ("0", None),
        ] {
            assert_eq!(string(&yaml_tree(text), "x").unwrap().as_deref(), wanted, "{text}");
        }
    }
}
