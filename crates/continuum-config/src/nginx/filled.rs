//! What fills the variables that are hashed: `map`, `set` and their like, and what
//! decides which address the client has. It is a part of the key rule: two files that
//! fill a variable differently hash different keys.

use std::collections::BTreeMap;

use super::lexer::Sentence;
use crate::brief::{self, brief};
use crate::key::Before;

/// Blocks that fill the variable at the end of their line.
const BLOCKS: &[&str] = &["geo", "map", "split_clients"];
/// Directives that decide which address the client has.
const REAL_IP: &[&str] = &["real_ip_header", "real_ip_recursive", "set_real_ip_from"];
/// Variables that follow from the client's address.
const CLIENT: &[&str] = &["binary_remote_addr", "remote_addr"];
/// Bytes that are kept of one file's maps.
const MOST: usize = 32 << 20;

/// What fills variables, by their names in small letters, in the order of the file.
#[derive(Default)]
pub(super) struct Filled {
    by_name: BTreeMap<Box<str>, Vec<String>>,
    real_ip: Vec<String>,
    kept: usize,
}

impl Filled {
    /// Takes down a directive, or the head of a block.
    pub(super) fn see(&mut self, sentence: &Sentence) {
        let words = &sentence.words;
        let Some((name, rest)) = words.split_first() else { return };
        if REAL_IP.contains(&name.as_str()) {
            if self.keeps(words) {
                self.real_ip.push(brief::words(words));
            }
            return;
        }
        let sets = name.starts_with("set") || name.ends_with("_set") || name.ends_with("_var");
        if let Some(variable) = rest.first().and_then(|word| word.strip_prefix('$'))
            && sets
        {
            self.fill(variable, brief::words(words));
        }
        for word in rest {
            for variable in captures(word) {
                self.fill(variable, brief::words(words));
            }
        }
    }

    /// Takes down a block and what is in it; whether it fills a variable.
    pub(super) fn see_block(&mut self, head: &[String], body: &[Vec<String>]) {
        let lines: Vec<String> = body.iter().map(|line| brief::words(line)).collect();
        let text = format!("{} {{ {} }}", brief::words(head), lines.join("; "));
        if let [name, .., last] = head
            && BLOCKS.contains(&name.as_str())
            && let Some(variable) = last.strip_prefix('$')
        {
            let source = if head.len() == 2 { " of $remote_addr" } else { "" };
            return self.fill(variable, format!("{text}{source}"));
        }
        // geoip2 fills what its lines begin with.
        for line in body {
            if let Some(variable) = line.first().and_then(|word| word.strip_prefix('$')) {
                self.fill(variable, brief::words(line));
            }
        }
    }

    fn fill(&mut self, variable: &str, text: String) {
        if self.kept + text.len() > MOST {
            return;
        }
        self.kept += text.len();
        let name = variable.trim_matches(['{', '}']).to_ascii_lowercase();
        self.by_name.entry(name.into()).or_default().push(text);
    }

    fn keeps(&mut self, words: &[String]) -> bool {
        self.kept += words.iter().map(String::len).sum::<usize>();
        self.kept <= MOST
    }

    /// What happens before a key of this text is hashed, in words, and what of a request
    /// it changes; none where nothing does.
    pub(super) fn before(&self, key: &str) -> Option<(String, Before)> {
        let mut names = if key == "ip_hash" { vec!["remote_addr".to_owned()] } else { names(key) };
        let mut texts: Vec<&String> = Vec::new();
        let mut at = 0;
        while let Some(name) = names.get(at).cloned() {
            at += 1;
            let of_arguments =
                name.starts_with("arg_") || ["is_args", "query_string"].contains(&&*name);
            if of_arguments && !names.iter().any(|name| name == "args") {
                names.push("args".to_owned());
            }
            if CLIENT.contains(&&*name) {
                let new = |text: &&String| !texts.contains(text);
                let new: Vec<&String> = self.real_ip.iter().filter(new).collect();
                texts.extend(new);
            }
            for text in self.by_name.get(&*name).into_iter().flatten() {
                if texts.contains(&text) {
                    continue;
                }
                texts.push(text);
                for name in self::names(text) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        let of_client = texts.iter().all(|text| self.real_ip.contains(text));
        let before = if of_client { Before::Client } else { Before::Anything };
        let texts: Vec<String> = texts.iter().map(|text| brief(text)).collect();
        (!texts.is_empty()).then(|| (brief(&texts.join("; ")), before))
    }

    /// The first of these variables that nothing fills.
    pub(super) fn unfilled(&self, variables: &[&str]) -> Option<String> {
        let unfilled = variables.iter().find(|name| !self.by_name.contains_key(**name));
        unfilled.map(|name| (*name).to_owned())
    }
}

/// The names of the variables in a text, in small letters.
pub(super) fn names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split('$').skip(1) {
        let part = part.strip_prefix('{').unwrap_or(part);
        let word = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let name = part[..part.find(word).unwrap_or(part.len())].to_ascii_lowercase();
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The names of groups in a regular expression, which are variables: `(?<name>…)`.
fn captures(word: &str) -> impl Iterator<Item = &str> {
    word.split("(?").skip(1).filter_map(|part| {
        let part = part.strip_prefix('P').unwrap_or(part);
        let part = part.strip_prefix(['<', '\''])?;
        let end = part.find(['>', '\''])?;
        let name = &part[..end];
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then_some(name)
    })
}
