//! What happens to a request before its backend hashes it: rules of `http-request` and
//! `tcp-request`, in the backend, in `defaults`, and in the frontends that lead to it.

use std::rc::Rc;

use crate::brief;
use crate::limits;
use crate::place::Place;

/// Actions that change the target.
const URI: &[&str] = &[
    "normalize-uri",
    "replace-path",
    "replace-pathq",
    "replace-uri",
    "set-path",
    "set-pathq",
    "set-query",
    "set-uri",
];
/// Actions that change a header, whose name is their first argument.
const HEADER: &[&str] =
    &["add-header", "del-header", "replace-header", "replace-value", "set-header"];
/// Actions that give a variable, in parentheses, a value.
const VARIABLE: &[&str] =
    &["do-resolve", "sc-get-gpc0", "set-var", "set-var-fmt", "unset-var", "wait-for-body"];
/// Keywords of HAProxy 1 that replace text in the request line and in headers.
const OLD_LINE: &[&str] = &["reqirep", "reqrep"];
/// Keywords of HAProxy 1 that add and remove headers, and leave the request line as it is.
const OLD_HEADER: &[&str] = &["reqadd", "reqdel", "reqidel"];
/// Samples that are taken of the target.
const OF_URI: &[&str] = &["base", "path", "pathq", "query", "uri", "url", "url_param", "urlp"];

/// The rules of a section: those that `defaults` lent it, and its own.
#[derive(Clone, Default)]
pub(super) struct Rules {
    lent: Rc<Vec<Rule>>,
    own: Vec<Rule>,
}

impl Rules {
    /// Adds one; whether there is still room.
    pub(super) fn add(&mut self, rule: Rule) -> bool {
        let room = self.own.len() < limits::RULES;
        if room {
            self.own.push(rule);
        }
        room
    }

    /// All of them, lent to another section.
    pub(super) fn lend(&mut self) {
        let own = std::mem::take(&mut self.own);
        if !own.is_empty() {
            self.lent = Rc::new(self.lent.iter().cloned().chain(own).collect());
        }
    }

    /// First to last.
    pub(super) fn all(&self) -> impl Iterator<Item = &Rule> {
        self.lent.iter().chain(&self.own)
    }
}

/// A rule that may change what is hashed.
#[derive(Clone)]
pub(super) struct Rule {
    words: Vec<String>,
    pub(super) place: Place,
}

impl Rule {
    /// A line that is such a rule.
    pub(super) fn of(words: &[String], place: &Place) -> Option<Self> {
        let action = action(words)?;
        let name = action.split('(').next().unwrap_or_default();
        let counts = URI.contains(&name)
            || HEADER.contains(&name)
            || VARIABLE.contains(&name)
            || OLD_LINE.contains(&name)
            || OLD_HEADER.contains(&name)
            || ["set-src", "set-method"].contains(&name)
            || name.starts_with("lua.");
        counts.then(|| Self { words: words.to_vec(), place: place.clone() })
    }

    /// What it does, for a note.
    pub(super) fn why(&self) -> String {
        let action = action(&self.words).unwrap_or_default();
        let name = action.split('(').next().unwrap_or_default();
        let keyword = self.words.first().map_or("", String::as_str);
        let what = match name {
            _ if URI.contains(&name) => "changes the URI before it is hashed",
            _ if HEADER.contains(&name) || OLD_HEADER.contains(&name) => {
                "changes headers before one is hashed"
            }
            _ if VARIABLE.contains(&name) => "sets a variable before it is hashed",
            "set-src" => "set-src changes the address before it is hashed",
            "set-method" => "changes the method before it is hashed",
            _ => "may change what is hashed before it is",
        };
        format!("{keyword} {what}: give keys as they are after it")
    }

    fn text(&self) -> String {
        brief::words(&self.words)
    }

    /// Whether it may change what an expression takes.
    fn touches(&self, hashed: &Hashed) -> bool {
        let Some(action) = action(&self.words) else { return false };
        let (name, inside) = action.split_once('(').unwrap_or((action, ""));
        if URI.contains(&name) {
            return OF_URI.iter().any(|sample| hashed.takes(sample));
        }
        if HEADER.contains(&name) {
            let at = self.words.iter().position(|word| word == action);
            let header = at.and_then(|at| self.words.get(at + 1)).map_or("", String::as_str);
            return hashed.takes_header(header, self.words.iter().any(|word| word == "-m"));
        }
        if VARIABLE.contains(&name) {
            // A condition may stand behind the name: `set-var(txn.k,ifnotexists)`.
            let name = inside.split([',', ')']).next().unwrap_or_default();
            return !name.is_empty() && hashed.takes_variable(name);
        }
        match name {
            "set-src" => hashed.takes("src") || hashed.takes("source"),
            "set-method" => hashed.takes("method"),
            _ if OLD_LINE.contains(&name) => {
                OF_URI.iter().any(|sample| hashed.takes(sample)) || hashed.takes_any_header()
            }
            "reqadd" => {
                let header = self.words.get(1).and_then(|text| text.split_once(':'));
                match header {
                    Some((name, _)) => hashed.takes_header(name, false),
                    None => hashed.takes_any_header(),
                }
            }
            // A regular expression says which.
            _ if OLD_HEADER.contains(&name) => hashed.takes_any_header() || hashed.takes("base"),
            _ => true,
        }
    }
}

/// The action of a rule, with what stands in its parentheses.
fn action(words: &[String]) -> Option<&str> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["http-request", action, ..] => Some(action),
        ["tcp-request", "connection" | "content" | "session", action, ..] => Some(action),
        [keyword, ..] if OLD_LINE.contains(&keyword) || OLD_HEADER.contains(&keyword) => {
            Some(keyword)
        }
        _ => None,
    }
}

/// What is hashed, and what fills the variables in it.
struct Hashed {
    /// `balance` words and, once variables count, the rules that set them.
    texts: Vec<String>,
}

impl Hashed {
    /// Whether a sample of this name is taken: the name stands alone, not in another.
    fn takes(&self, name: &str) -> bool {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        self.texts.iter().any(|text| {
            text.match_indices(name).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + name.len()..].chars().next();
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            })
        })
    }

    fn takes_variable(&self, name: &str) -> bool {
        self.texts.iter().any(|text| {
            text.match_indices("var(").any(|(at, _)| {
                let inside = text[at + 4..].split([',', ')']).next();
                inside.is_some_and(|inside| inside.eq_ignore_ascii_case(name))
            })
        })
    }

    fn takes_any_header(&self) -> bool {
        self.texts.iter().any(|text| text.contains("hdr") || text.contains("cook"))
    }

    /// `pattern`: the name may stand for several.
    fn takes_header(&self, name: &str, pattern: bool) -> bool {
        if pattern {
            return self.takes_any_header();
        }
        let cookies = name.eq_ignore_ascii_case("cookie")
            && self.texts.iter().any(|text| text.contains("cook"));
        let hosts = name.eq_ignore_ascii_case("host") && self.takes("base");
        // `hdr(name)`, `req.fhdr(name,1)`, `hdr_ip(name)`.
        let is_name = |(at, _): (usize, &str), text: &str| {
            let inside = text[at..].split_once('(').map_or("", |(_, inside)| inside);
            let inside = inside.split([',', ')']).next().unwrap_or_default();
            inside.trim().eq_ignore_ascii_case(name)
        };
        let named = |text: &String| text.match_indices("hdr").any(|found| is_name(found, text));
        cookies || hosts || self.texts.iter().any(named)
    }
}

/// The rules that change what `balance` hashes, first to last.
pub(super) fn touching<'r>(balance: &[String], rules: &[&'r Rule]) -> Vec<&'r Rule> {
    let mut hashed = Hashed { texts: vec![balance.join(" ")] };
    let mut counts = vec![false; rules.len()];
    // What fills a variable may take one that another rule fills.
    loop {
        let known = hashed.texts.len();
        for (rule, counts) in rules.iter().zip(&mut counts) {
            if *counts || !rule.touches(&hashed) {
                continue;
            }
            *counts = true;
            if rule.words.iter().any(|word| word.starts_with("set-var")) {
                hashed.texts.push(rule.words.join(" "));
            }
        }
        if hashed.texts.len() == known {
            break;
        }
    }
    rules.iter().zip(counts).filter_map(|(rule, counts)| counts.then_some(*rule)).collect()
}

/// What the rules do, in words.
pub(super) fn told(rules: &[&Rule]) -> Option<String> {
    let texts: Vec<String> = rules.iter().map(|rule| rule.text()).collect();
    (!texts.is_empty()).then(|| brief::brief(&texts.join("; ")))
}
