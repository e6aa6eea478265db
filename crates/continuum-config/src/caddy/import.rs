//! Snippets of a Caddyfile, `(name) { … }`, put where `import name` stands, with its words
//! for `{args[0]}` and its block for `{block}`, as Caddy's parser splices them.
//!
//! What names no snippet that stands before it names files: that line is kept, and its
//! reader decides whether they matter.

use std::collections::BTreeMap;
use std::vec::IntoIter;

use super::tokens::Word;
use crate::fault::Fault;
use crate::limits;
use crate::quote::quoted;

type Line = Vec<Word>;

/// Imports in imports; more than any file that people write.
const DEEPEST: usize = 64;

/// The lines with every snippet in its place.
pub(super) fn expanded(lines: Vec<Line>) -> Result<Vec<Line>, Fault> {
    let mut snippets = Snippets::default();
    let mut into = Vec::new();
    snippets.put(lines, &mut Vec::new(), &mut into)?;
    Ok(into)
}

/// The snippets that stand before a line, and how many words imports have made.
#[derive(Default)]
struct Snippets {
    known: BTreeMap<String, Vec<Line>>,
    words: usize,
}

impl Snippets {
    fn put(
        &mut self,
        lines: Vec<Line>,
        within: &mut Vec<String>,
        into: &mut Vec<Line>,
    ) -> Result<(), Fault> {
        let mut lines = lines.into_iter();
        let mut depth = 0_usize;
        while let Some(mut line) = lines.next() {
            let at = line.first().map_or(1, |word| word.line);
            if let Some(name) = snippet(&line).filter(|_| depth == 0 && within.is_empty()) {
                let name = name.to_owned();
                let shown = quoted(&name);
                let body = block(&mut lines, at)?;
                if self.known.insert(name, body).is_some() {
                    return Err(Fault::new(at, format!("a second snippet {shown}")));
                }
                continue;
            }
            let name = line.get(1).filter(|_| line[0].is("import")).map(|word| word.text.clone());
            if let Some(name) = name {
                let given = if opens(&line) {
                    line.pop();
                    block(&mut lines, at)?
                } else {
                    Vec::new()
                };
                let Some(body) = self.known.get(&name) else {
                    into.push(line);
                    continue;
                };
                let words = line.get(2..).unwrap_or_default();
                let body = filled(body, words, &given);
                self.words += body.iter().map(Vec::len).sum::<usize>();
                if self.words > limits::VALUES {
                    let sentence = format!("imports make more than {} words", limits::VALUES);
                    return Err(Fault::new(at, sentence));
                }
                if within.contains(&name) || within.len() >= DEEPEST {
                    let name = quoted(&name);
                    let sentence = format!("snippet {name} is imported within itself");
                    return Err(Fault::new(at, sentence));
                }
                within.push(name);
                self.put(body, within, into)?;
                within.pop();
                continue;
            }
            if opens(&line) {
                depth += 1;
            } else if closes(&line) {
                depth = depth.saturating_sub(1);
            }
            into.push(line);
        }
        Ok(())
    }
}

/// The name of the snippet that a line begins.
fn snippet(line: &Line) -> Option<&str> {
    match line.as_slice() {
        [name, brace] if brace.is("{") => name.text.strip_prefix('(')?.strip_suffix(')'),
        _ => None,
    }
}

fn opens(line: &Line) -> bool {
    line.last().is_some_and(|word| word.is("{"))
}

fn closes(line: &Line) -> bool {
    matches!(line.as_slice(), [word] if word.is("}"))
}

/// The lines up to the brace that closes their block.
fn block(lines: &mut IntoIter<Line>, opened: u32) -> Result<Vec<Line>, Fault> {
    let mut body = Vec::new();
    let mut depth = 0_usize;
    for line in lines {
        if closes(&line) {
            if depth == 0 {
                return Ok(body);
            }
            depth -= 1;
        } else if opens(&line) {
            depth += 1;
        }
        body.push(line);
    }
    Err(Fault::new(opened, "a block has no }"))
}

/// A snippet's lines with an import's words and block in them.
fn filled(body: &[Line], words: &[Word], given: &[Line]) -> Vec<Line> {
    let mut all = Vec::new();
    for line in body {
        match line.as_slice() {
            [word] if word.is("{block}") => all.extend(given.iter().cloned()),
            [word] if part_of_block(word).is_some() => {
                let name = part_of_block(word).unwrap_or_default();
                all.extend(part(given, name).iter().cloned());
            }
            _ => all.push(line.iter().flat_map(|word| put_in(word, words)).collect()),
        }
    }
    // A word that stood for nothing leaves no line.
    all.retain(|line| !line.is_empty());
    all
}

/// The name in `{blocks.name}`.
fn part_of_block(word: &Word) -> Option<&str> {
    word.text.strip_prefix("{blocks.")?.strip_suffix('}').filter(|_| !word.quoted)
}

/// The lines of the block of that name in an import's block.
fn part<'l>(given: &'l [Line], name: &str) -> &'l [Line] {
    let mut depth = 0_usize;
    let mut from = None;
    for (at, line) in given.iter().enumerate() {
        if closes(line) {
            depth = depth.saturating_sub(1);
            if let Some(from) = from.filter(|_| depth == 0) {
                return given.get(from..at).unwrap_or_default();
            }
        } else if opens(line) {
            if depth == 0 && line.len() == 2 && line[0].text == name {
                from = Some(at + 1);
            }
            depth += 1;
        }
    }
    &[]
}

/// A word with an import's words in it: several for `{args[1:]}`.
fn put_in(word: &Word, words: &[Word]) -> Vec<Word> {
    if let Some(range) = range(&word.text, words.len()) {
        return words[range].to_vec();
    }
    let mut text = String::new();
    let mut rest = word.text.as_str();
    let mut line = word.line;
    while let Some(at) = rest.find("{args") {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let end = from.find('}').map_or(from.len(), |end| end + 1);
        let (placeholder, behind) = from.split_at(end);
        match index(placeholder).and_then(|index| words.get(index)) {
            Some(word) => {
                text.push_str(&word.text);
                line = word.line;
            }
            None => text.push_str(placeholder),
        }
        rest = behind;
    }
    text.push_str(rest);
    // A place is where a text was written that is in no other import of the snippet.
    vec![Word { text, line, quoted: word.quoted }]
}

/// The words that `{args[a:b]}` stands for.
fn range(text: &str, words: usize) -> Option<std::ops::Range<usize>> {
    let (from, to) = text.strip_prefix("{args[")?.strip_suffix("]}")?.split_once(':')?;
    let number = |text: &str, default: usize| match text {
        "" => Some(default),
        text => text.parse().ok(),
    };
    let (from, to) = (number(from, 0)?, number(to, words)?);
    (from <= to && to <= words).then_some(from..to)
}

/// The number in `{args[0]}`, or in the older `{args.0}`.
fn index(placeholder: &str) -> Option<usize> {
    let inner = placeholder.strip_prefix("{args")?.strip_suffix('}')?;
    let digits = inner.strip_prefix('.').or_else(|| inner.strip_prefix('[')?.strip_suffix(']'))?;
    digits.parse().ok()
}
