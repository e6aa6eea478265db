//! `balance`, `hash-type` and `hash-balance-factor`: which scheme, and what is
//! hashed.

use super::sample::Source;
use crate::address::{whole, whole32};
use crate::draft::Chosen;
use crate::key::{Field, Finder, Form, KeyRule, Kind, Pathless, Target};
use crate::note::Topic;
use crate::quote::quoted;

/// Balancing that hashes no key.
const OTHERS: &[&str] =
    &["roundrobin", "static-rr", "leastconn", "first", "random", "sticky", "log-sticky"];

/// Options of the scheme that say which part of the key is hashed.
pub(super) type Input = Vec<(&'static str, String)>;

/// A note on the `balance` line.
pub(super) type Remark = (Topic, String);

/// What `balance` asks for.
#[derive(Debug)]
pub(super) enum Balance {
    Other(String),
    Hash { key: KeyRule, input: Input, notes: Vec<Remark> },
}

/// Reads what stands after `balance`.
pub(super) fn balance(words: &[String]) -> Result<Balance, String> {
    let (words, over) = words.split_at(read_of(words));
    // HAProxy takes turns then.
    let Some((name, rest)) = words.split_first() else {
        return Ok(Balance::Other("roundrobin".to_owned()));
    };
    if OTHERS.contains(&name.as_str()) || name.starts_with("random(") {
        return Ok(Balance::Other(name.clone()));
    }
    let must = |field| Kind::Must(field);
    let (input, mut notes, kind) = match name.as_str() {
        "source" => (none(rest, "source", "source")?, vec![], must(Field::Client(Form::Words))),
        "uri" => uri(rest)?,
        "url_param" => url_param(rest)?,
        "hash" => hash(rest)?,
        "log-hash" => return Err("log-hash hashes the line of a log, which is not covered".into()),
        other if in_parentheses(other, "hdr").is_some() => {
            if rest.iter().any(|word| word == "use_domain_only") {
                return Err(
                    "use_domain_only hashes a part of the name, which is not covered".into()
                );
            }
            let name = in_parentheses(other, "hdr").unwrap_or_default().to_ascii_lowercase();
            (none(rest, other, "hdr")?, vec![], must(Field::FirstOfHeader(name.into())))
        }
        other if other == "rdp-cookie" || in_parentheses(other, "rdp-cookie").is_some() => {
            let name = in_parentheses(other, "rdp-cookie").unwrap_or("mstshash");
            let sentence = format!("the bytes of the RDP cookie {} are the key", quoted(name));
            (input("raw"), vec![(Topic::Key, sentence)], Kind::Opaque)
        }
        other => return Err(format!("unknown algorithm {}", quoted(other))),
    };
    notes.extend(passed_over(&format!("balance {name}"), over));
    let key = KeyRule::new(words.join(" "), kind);
    Ok(Balance::Hash { key, input, notes })
}

/// How many of the words behind `balance` HAProxy reads: behind some it looks at no more.
fn read_of(words: &[String]) -> usize {
    let all = words.len();
    match words.first().map_or("", String::as_str) {
        "source" => 1,
        name if name.starts_with("rdp-cookie") => 1,
        "url_param" if words.get(2).is_some_and(|word| word == "check_post") => 3,
        _ => all,
    }
}

/// A note on words that HAProxy does not look at.
pub(super) fn passed_over(line: &str, words: &[String]) -> Option<Remark> {
    let shown = quoted(&words.join(" "));
    let sentence = format!("HAProxy passes over {shown} behind '{line}'");
    (!words.is_empty()).then_some((Topic::Unread, sentence))
}

/// What has to be there for HAProxy to hash, where it takes turns without.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Needs {
    Nothing,
    /// `mode http`.
    Http,
    /// A request of HTTP: `mode http`, or rules that wait for it.
    Request,
    /// A cookie of RDP: mode tcp, and rules that wait for it.
    Cookie,
    /// Bytes that are never there any more.
    Bytes,
}

pub(super) fn needs(balance: &[String]) -> Needs {
    let mut words = balance.iter().map(String::as_str);
    let name = words.next().unwrap_or_default();
    if name == "hash" {
        return match Source::of(words.next().unwrap_or_default()) {
            Source::Request => Needs::Request,
            Source::Bytes => Needs::Bytes,
            Source::Other => Needs::Nothing,
        };
    }
    match name.split('(').next().unwrap_or_default() {
        "uri" | "url_param" | "hdr" => Needs::Http,
        "rdp-cookie" => Needs::Cookie,
        _ => Needs::Nothing,
    }
}

type Read = Result<(Input, Vec<Remark>, Kind), String>;

fn input(word: &str) -> Input {
    vec![("input", word.to_owned())]
}

fn none(rest: &[String], name: &str, word: &str) -> Result<Input, String> {
    match rest.first() {
        Some(word) => Err(format!("balance {name} takes no {}", quoted(word))),
        None => Ok(input(word)),
    }
}

/// The text in `name(text)`.
fn in_parentheses<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inside = text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
    (!inside.is_empty()).then_some(inside)
}

fn uri(words: &[String]) -> Read {
    let mut input = input("uri");
    let mut notes = Vec::new();
    let mut part =
        Target { absolute: true, query: false, pathless: Pathless::Empty, ..Target::WHOLE };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "whole" => {
                part.query = true;
                input.push(("whole", "on".to_owned()));
            }
            "path-only" => {
                part.absolute = false;
                let sentence = "path-only: give keys without scheme and host";
                notes.push((Topic::Key, sentence.to_owned()));
            }
            name @ ("len" | "depth") => {
                let number = rest.next().and_then(|digits| whole(digits)).filter(|it| *it > 0);
                let number = number.ok_or_else(|| format!("{name} without a number from 1 up"))?;
                let name = if name == "len" {
                    part.len = number;
                    "len"
                } else {
                    part.depth = number;
                    "depth"
                };
                input.push((name, number.to_string()));
            }
            other => return Err(format!("balance uri takes no {}", quoted(other))),
        }
    }
    Ok((input, notes, Kind::Must(Field::Target(part))))
}

fn url_param(words: &[String]) -> Read {
    let (name, rest) = words.split_first().ok_or("url_param without a name")?;
    let mut notes = Vec::new();
    match rest {
        [] => {}
        [word] if word == "check_post" => {
            let sentence = "check_post: of a POST without this parameter in its URL the one in the \
                            body is hashed";
            notes.push((Topic::Key, sentence.to_owned()));
        }
        [word, ..] => return Err(format!("balance url_param takes no {}", quoted(word))),
    }
    let mut input = input("url-param");
    input.push(("param", name.clone()));
    Ok((input, notes, Kind::Must(Field::TargetWithParameter(name.as_str().into()))))
}

fn hash(words: &[String]) -> Read {
    match words {
        [] => Err("hash without an expression".to_owned()),
        // A '#' that is not quoted begins a comment.
        [expression] if expression.contains('(') && !expression.contains(')') => {
            Err(format!("hash {}: '(' without ')'", quoted(expression)))
        }
        [_, word, ..] => Err(format!("balance hash takes no {}", quoted(word))),
        [expression] if expression == "src" => {
            Ok((input("src"), vec![], Kind::Must(Field::Client(Form::Sample))))
        }
        [expression] => {
            let sentence = "the bytes of the expression's sample are the key";
            let kind = sample(expression).map_or(Kind::Opaque, Kind::Must);
            Ok((input("raw"), vec![(Topic::Key, sentence.to_owned())], kind))
        }
    }
}

/// From the path on, without which there is no sample.
const PATH: Target = Target { pathless: Pathless::Nothing, ..Target::WHOLE };

/// What a sample fetch without converters takes of a request.
fn sample(expression: &str) -> Option<Field> {
    match expression {
        "path" => return Some(Field::Target(Target { query: false, ..PATH })),
        "pathq" => return Some(Field::Target(PATH)),
        "url" => return Some(Field::Target(Target { absolute: true, ..Target::WHOLE })),
        "method" => return Some(Field::Method),
        _ => {}
    }
    let named = |function: &str| {
        let name = in_parentheses(expression, function)?;
        (!name.contains([',', ')'])).then_some(name)
    };
    let any = |functions: &[&str]| functions.iter().find_map(|function| named(function));
    if let Some(name) = any(&["req.fhdr", "fhdr"]) {
        return Some(Field::Header(name.to_ascii_lowercase().into()));
    }
    if let Some(name) = any(&["req.hdr", "hdr"]) {
        return Some(Field::LastOfHeader(name.to_ascii_lowercase().into()));
    }
    let name = any(&["url_param", "urlp"])?;
    Some(Field::Parameter { name: name.into(), finder: Finder::Sample })
}

/// What `hash-type` says.
pub(super) struct HashType {
    pub(super) consistent: bool,
    function: String,
    avalanche: bool,
}

impl HashType {
    /// What a backend without `hash-type` does.
    pub(super) fn none() -> Self {
        Self { consistent: false, function: "sdbm".to_owned(), avalanche: false }
    }

    /// The scheme that hashes by it.
    pub(super) fn scheme(&self) -> Chosen {
        Chosen::new("haproxy")
            .with("method", if self.consistent { "consistent" } else { "map-based" })
            .with("function", &self.function)
            .with("avalanche", if self.avalanche { "on" } else { "off" })
    }

    /// Reads what stands after `hash-type`.
    pub(super) fn read(words: &[String]) -> Result<Self, String> {
        let mut words = words.iter().map(String::as_str);
        let consistent = match words.next().ok_or("hash-type without a method")? {
            "consistent" => true,
            "map-based" => false,
            other => {
                let sentence = "is none of consistent, map-based";
                return Err(format!("hash-type {} {sentence}", quoted(other)));
            }
        };
        let function = words.next();
        if function == Some("none") {
            return Err(
                "hash-type function 'none', under which the key itself is the hash, is not \
                        covered"
                    .to_owned(),
            );
        }
        let known = ["sdbm", "djb2", "wt6", "crc32"];
        if let Some(function) = function.filter(|function| !known.contains(function)) {
            let known = known.join(", ");
            return Err(format!("hash-type function {} is none of {known}", quoted(function)));
        }
        let avalanche = match words.next() {
            None => function.is_none() && consistent,
            // Behind it HAProxy looks at no word.
            Some("avalanche") => true,
            Some(other) => return Err(format!("hash-type takes no {}", quoted(other))),
        };
        let function = function.unwrap_or("sdbm").to_owned();
        Ok(Self { consistent, function, avalanche })
    }
}

/// Reads what stands after `hash-balance-factor`: percent, or none.
pub(super) fn factor(words: &[String]) -> Result<Option<u32>, String> {
    let [word, ..] = words else { return Err("hash-balance-factor takes one number".to_owned()) };
    match whole32(word) {
        Some(0) => Ok(None),
        Some(percent) if percent > 100 => Ok(Some(percent)),
        _ => Err(format!("hash-balance-factor {} is neither 0 nor above 100", quoted(word))),
    }
}
