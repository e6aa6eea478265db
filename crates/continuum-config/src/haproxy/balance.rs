//! `balance`, `hash-type` and `hash-balance-factor`: which scheme, and what is
//! hashed.

use crate::address::{whole, whole32};
use crate::error::quoted;
use crate::pool::KeyRule;

/// Balancing that hashes no key.
const OTHERS: &[&str] = &[
    "roundrobin",
    "static-rr",
    "leastconn",
    "first",
    "random",
    "sticky",
    "log-hash",
    "log-sticky",
];

/// What `balance` asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Balance {
    Other(String),
    Hash { key: KeyRule, input: String, notes: Vec<&'static str> },
}

/// Reads what stands behind `balance`.
pub(super) fn balance(words: &[String]) -> Result<Balance, String> {
    let (name, rest) = words.split_first().ok_or("balance without an algorithm")?;
    if OTHERS.contains(&name.as_str()) || name.starts_with("random(") {
        return Ok(Balance::Other(name.clone()));
    }
    let (input, notes) = match name.as_str() {
        "source" => (none(rest, "source", "input=source")?, vec![]),
        "uri" => uri(rest)?,
        "url_param" => url_param(rest)?,
        "hash" => hash(rest)?,
        other if in_parentheses(other, "hdr").is_some() => {
            if rest.iter().any(|word| word == "use_domain_only") {
                return Err(
                    "use_domain_only hashes a part of the name, which is not covered".into()
                );
            }
            (none(rest, other, "input=hdr")?, vec![])
        }
        other if other.starts_with("rdp-cookie") => {
            return Err("rdp-cookie is not covered".to_owned());
        }
        other => return Err(format!("unknown algorithm {}", quoted(other))),
    };
    let key = KeyRule::text(words.join(" "));
    Ok(Balance::Hash { key, input, notes })
}

type Input = (String, Vec<&'static str>);

fn none(rest: &[String], name: &str, input: &str) -> Result<String, String> {
    match rest.first() {
        Some(word) => Err(format!("balance {name} takes no {}", quoted(word))),
        None => Ok(input.to_owned()),
    }
}

/// The text in `name(text)`.
fn in_parentheses<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inside = text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
    (!inside.is_empty()).then_some(inside)
}

fn uri(words: &[String]) -> Result<Input, String> {
    let mut input = "input=uri".to_owned();
    let mut notes = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "whole" => input.push_str(",whole=on"),
            "path-only" => notes.push("path-only: give keys without scheme and host"),
            name @ ("len" | "depth") => {
                let number = rest.next().and_then(|digits| whole(digits));
                let number = number.ok_or_else(|| format!("{name} without a whole number"))?;
                input.push_str(&format!(",{name}={number}"));
            }
            other => return Err(format!("balance uri takes no {}", quoted(other))),
        }
    }
    Ok((input, notes))
}

fn url_param(words: &[String]) -> Result<Input, String> {
    let (name, rest) = words.split_first().ok_or("url_param without a name")?;
    let mut notes = Vec::new();
    match rest {
        [] => {}
        [word] | [word, _] if word == "check_post" => {
            notes.push("check_post: of a POST the parameter in the body is hashed");
        }
        [word, ..] => return Err(format!("balance url_param takes no {}", quoted(word))),
    }
    let escaped = name.replace('%', "%25").replace(',', "%2C");
    Ok((format!("input=url-param,param={escaped}"), notes))
}

fn hash(words: &[String]) -> Result<Input, String> {
    match words {
        [] => Err("hash without an expression".to_owned()),
        [expression] if expression == "src" => Ok(("input=src".to_owned(), vec![])),
        _ => Ok((
            "input=raw".to_owned(),
            vec!["the bytes of the expression's sample are the key: give them, not the request"],
        )),
    }
}

/// Reads what stands behind `hash-type`: the scheme's options.
pub(super) fn hash_type(words: &[String]) -> Result<String, String> {
    let mut words = words.iter().map(String::as_str);
    let method = words.next().ok_or("hash-type without a method")?;
    if !["consistent", "map-based"].contains(&method) {
        return Err(format!("hash-type {} is none of consistent, map-based", quoted(method)));
    }
    let function = words.next();
    let known = ["sdbm", "djb2", "wt6", "crc32"];
    if let Some(function) = function.filter(|function| !known.contains(function)) {
        let known = known.join(", ");
        return Err(format!("hash-type function {} is none of {known}", quoted(function)));
    }
    let avalanche = match words.next() {
        None => function.is_none() && method == "consistent",
        Some("avalanche") => true,
        Some(other) => return Err(format!("hash-type takes no {}", quoted(other))),
    };
    if let Some(other) = words.next() {
        return Err(format!("hash-type takes no {}", quoted(other)));
    }
    let function = function.unwrap_or("sdbm");
    let avalanche = if avalanche { "on" } else { "off" };
    Ok(format!("method={method},function={function},avalanche={avalanche}"))
}

/// What a backend without `hash-type` does.
pub(super) const DEFAULT_HASH_TYPE: &str = "method=map-based,function=sdbm,avalanche=off";

/// Reads what stands behind `hash-balance-factor`: percent, or none.
pub(super) fn factor(words: &[String]) -> Result<Option<u32>, String> {
    let [word] = words else { return Err("hash-balance-factor takes one number".to_owned()) };
    match whole32(word) {
        Some(0) => Ok(None),
        Some(percent) if percent > 100 => Ok(Some(percent)),
        _ => Err(format!("hash-balance-factor {} is neither 0 nor above 100", quoted(word))),
    }
}
